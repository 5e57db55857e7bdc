/** `data-dialog="id"` opens a native dialog; the browser keeps and returns the focus. A click beside it closes it. */
export function watchDialogs(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const opener = target.closest<HTMLElement>("[data-dialog]");
    const dialog = opener ? document.getElementById(opener.dataset.dialog ?? "") : null;
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      open(dialog);
    } else if (target instanceof HTMLDialogElement || target.closest("[data-dialog-close]")) {
      target.closest("dialog")?.close();
    }
  });
  // A form that came back with errors opens its dialog again.
  const faulty = document.querySelector<HTMLDialogElement>("dialog:has(.form-errors)");
  if (faulty) open(faulty);
}

/** With the focus in the first field, or on the safe button of a question: never on the cross in the corner. */
function open(dialog: HTMLDialogElement): void {
  dialog.showModal();
  dialog.querySelector<HTMLElement>(".dialog-body :is(input, select, textarea), .dialog-foot .btn")?.focus();
}
