/** Small comforts: `/` goes to the search, filters apply when changed, a sent form cannot be sent twice. */
export function watchForms(): void {
  document.addEventListener("keydown", (event) => {
    const typing = (event.target as Element).closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
    const search = document.querySelector<HTMLInputElement>("[data-search]");
    if (search) event.preventDefault();
    search?.focus();
  });
  document.addEventListener("change", (event) => {
    (event.target as HTMLInputElement).closest<HTMLFormElement>("form[data-autosubmit]")?.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    // A page that stays (the answer was a file) or comes back from the history is usable again.
    setTimeout(() => delete form.dataset.sent, 4000);
  });
}
