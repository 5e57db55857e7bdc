/** Menus are <details>: they open without script. Here they close by themselves and follow the arrow keys. */
const OPEN = "details.dropdown[open]";

export function watchMenus(): void {
  document.addEventListener("click", (event) => closeMenus(event.target as Element));
  document.addEventListener("focusin", (event) => closeMenus(event.target as Element));
  document.addEventListener("keydown", onKey);
  document.addEventListener("toggle", (event) => keepInside(event.target as Element), { capture: true });
}

/** A menu that would leave the window opens to the other side. */
function keepInside(opened: Element): void {
  const menu = opened.matches(OPEN) ? opened.querySelector<HTMLElement>(".menu") : null;
  if (menu && menu.getBoundingClientRect().right > window.innerWidth) menu.classList.add("menu-end");
}

function closeMenus(except: Element | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>(OPEN)) {
    if (!except || !menu.contains(except)) menu.open = false;
  }
}

function onKey(event: KeyboardEvent): void {
  const menu = (event.target as Element).closest<HTMLDetailsElement>(OPEN);
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    step(menu, event.key === "ArrowDown" ? 1 : -1);
  }
}

function step(menu: HTMLDetailsElement, by: number): void {
  const items = [...menu.querySelectorAll<HTMLElement>(".menu-item")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  items.at(at < 0 && by < 0 ? -1 : (at + by) % items.length)?.focus();
}
