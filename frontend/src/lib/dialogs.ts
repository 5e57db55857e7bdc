/** `data-dialog="id"` opens a native dialog; the browser keeps and returns the focus. A click beside it closes it. */
export function watchDialogs(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const opener = target.closest<HTMLElement>("[data-dialog]");
    const dialog = opener ? document.getElementById(opener.dataset.dialog ?? "") : null;
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
      // Into the first field, or to the safe button of a question: never to the cross in the corner.
      dialog
        .querySelector<HTMLElement>(".dialog-body :is(input, select, textarea), .dialog-foot .btn")
        ?.focus();
    } else if (target instanceof HTMLDialogElement || target.closest("[data-dialog-close]")) {
      target.closest("dialog")?.close();
    }
  });
}
