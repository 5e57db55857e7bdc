/** `data-copy="text"` copies the text and shows for a moment that it did. */
export function watchCopy(): void {
  document.addEventListener("click", async (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, 1500);
  });
}
