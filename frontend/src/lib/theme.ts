/** The switch between system, light and dark. theme.ts applies the stored choice before the first paint. */
export function watchTheme(): void {
  show();
  document.addEventListener("click", (event) => {
    const choice = (event.target as Element).closest<HTMLElement>("[data-theme-choice]")?.dataset.themeChoice;
    if (choice) choose(choice);
  });
}

function choose(choice: string): void {
  if (choice === "system") {
    localStorage.removeItem("theme");
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem("theme", choice);
    document.documentElement.dataset.theme = choice;
  }
  show();
  document.dispatchEvent(new CustomEvent("themechange"));
}

function show(): void {
  const current = document.documentElement.dataset.theme ?? "system";
  for (const button of document.querySelectorAll<HTMLElement>("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === current));
  }
}
