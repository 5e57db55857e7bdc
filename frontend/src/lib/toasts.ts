/** Toasts: the server sends `HX-Trigger: {"toast": {"message": "…", "kind": "success"}}`. */
export interface Toast {
  message: string;
  kind?: string;
}

const SECONDS = 6;

export function watchToasts(): void {
  document.addEventListener("toast", (event) => showToast((event as CustomEvent<Toast>).detail));
  document.addEventListener("htmx:responseError", (event) =>
    reportFailure((event as CustomEvent).detail.xhr),
  );
  document.addEventListener("htmx:sendError", () => reportFailure());
  for (const toast of document.querySelectorAll<HTMLElement>(".toast")) leave(toast);
  document.addEventListener("click", (event) => {
    (event.target as Element).closest("[data-toast-close]")?.closest(".toast")?.remove();
  });
}

export function showToast({ message, kind = "info" }: Toast): void {
  const model = document.querySelector<HTMLTemplateElement>(`template[data-toast="${CSS.escape(kind)}"]`);
  const toast = model?.content.firstElementChild?.cloneNode(true);
  if (!(toast instanceof HTMLElement)) return;
  toast.querySelector("[data-toast-message]")?.replaceChildren(message);
  document.querySelector(".toasts")?.append(toast);
  leave(toast);
}

/** Says that a request failed, unless the server's answer already said why in words of its own. */
function reportFailure(request?: XMLHttpRequest): void {
  if (request?.getResponseHeader("HX-Trigger")?.includes('"toast"')) return;
  const message = document.querySelector<HTMLElement>(".toasts")?.dataset.failure;
  if (message) showToast({ message, kind: "error" });
}

/** Errors stay until closed; the rest leaves by itself, but not while someone points at it or reads by keyboard. */
function leave(toast: HTMLElement): void {
  if (toast.dataset.tone === "error") return;
  const timer = setInterval(() => {
    if (toast.matches(":hover, :focus-within")) return;
    clearInterval(timer);
    toast.remove();
  }, SECONDS * 1000);
}
