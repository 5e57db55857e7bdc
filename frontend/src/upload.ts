/** The upload page: choose, drop or paste files; they are sent a few at a time, and read when all have arrived. */

import { showToast } from "./lib/toasts";
import { fill } from "./upload/figures";
import { type Found, fromDrop, fromInput, fromPaste, isJunk } from "./upload/gather";
import { type Totals, UploadQueue } from "./upload/queue";
import { Session } from "./upload/session";
import { type Texts, View } from "./upload/view";

const PARALLEL = 4;
const TRIES = 5;

function start(form: HTMLFormElement, status: HTMLElement): void {
  const { api = "", page = "", dataset = "", uploadId = "" } = form.dataset;
  const texts: Texts = JSON.parse(document.getElementById("upload-texts")?.textContent ?? "{}");
  const csrf = form.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
  const format = form.querySelector<HTMLSelectElement>("[name=format]");
  const before = Number(form.dataset.received);
  let current = uploadId;
  let finishing = false;

  const session = new Session(
    { api, dataset, uploadId, csrf, networkMessage: texts.network ?? "" },
    () => format?.value ?? "",
    (opened) => {
      current = opened;
      if (format) format.disabled = true;
      history.replaceState(null, "", `${page}${opened}/`);
    },
  );
  const queue = new UploadQueue((item, onProgress) => session.send(item, onProgress), {
    parallel: PARALLEL,
    tries: TRIES,
    wait: untilWorthTrying,
    changed: () => view.changed(),
  });
  const view = new View(status, queue, texts, before, onTotals);
  const finish = view.part<HTMLButtonElement>("finish");
  const received = session.received().catch(() => new Map<string, number>());

  async function take(found: Found[]): Promise<void> {
    const there = await received;
    const kept = found.filter(({ name }) => !isJunk(name));
    for (const { name, file } of kept) queue.add(name, file, there.get(name) === file.size);
    if (kept.length < found.length) {
      showToast({ message: fill(texts.junk ?? "", { count: String(found.length - kept.length) }) });
    }
  }

  function onTotals(totals: Totals): void {
    const ready = before + totals.arrived > 0;
    finish.disabled = finishing || !(ready || totals.busy);
    finish.lastChild?.replaceWith(finishing ? ` ${texts.finishing}` : ` ${texts.finish}`);
    const trouble = view.part("trouble");
    trouble.hidden = totals.busy || totals.failed === 0;
    const hopeless = totals.failed === totals.refused;
    const [one, many] = hopeless ? [texts.refusal, texts.refusals] : [texts.failure, texts.failures];
    const count = totals.failed.toLocaleString();
    view.part("trouble-text").textContent = fill((totals.failed === 1 ? one : many) ?? "", { count });
    view.part("retry-all").hidden = hopeless;
    if (finishing && !totals.busy && totals.failed === 0) void read();
  }

  async function read(): Promise<void> {
    finishing = false;
    try {
      await session.start();
      window.removeEventListener("beforeunload", warn);
      location.assign(`${page}${current}/`);
    } catch (error) {
      showToast({ message: error instanceof Error ? error.message : String(error), kind: "error" });
      view.changed();
    }
  }

  function warn(event: BeforeUnloadEvent): void {
    if (queue.totals().busy) event.preventDefault();
  }

  finish.addEventListener("click", () => {
    finishing = true;
    view.changed();
  });
  view.part("retry-all").addEventListener("click", () => queue.retryAll());
  view.part("start-anyway").addEventListener("click", () => void read());
  window.addEventListener("beforeunload", warn);
  listen(form, take);
  view.changed();
}

function listen(form: HTMLFormElement, take: (found: Found[]) => Promise<void>): void {
  const zone = form.querySelector<HTMLElement>("[data-dropzone]") ?? form;
  const inputs = form.querySelectorAll<HTMLInputElement>("input[type=file]");
  for (const input of inputs) {
    input.addEventListener("change", () => {
      const found = fromInput(input.files ?? []);
      input.value = "";
      void take(found);
    });
  }
  for (const button of form.querySelectorAll<HTMLElement>("[data-pick]")) {
    button.addEventListener("click", () => document.getElementById(button.dataset.pick ?? "")?.click());
  }
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      zone.toggleAttribute("data-over", name === "dragenter" || name === "dragover");
    });
  }
  document.addEventListener("drop", (event) => {
    if (event.dataTransfer) void fromDrop(event.dataTransfer).then(take);
  });
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files;
    if (files?.length) void take(fromPaste(files, new Date()));
  });
}

/** Longer after each try, and not before the connection is back. */
async function untilWorthTrying(tries: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** tries));
  if (!navigator.onLine) {
    await new Promise((resolve) => window.addEventListener("online", resolve, { once: true }));
  }
}

const form = document.querySelector<HTMLFormElement>("[data-upload]");
const status = document.querySelector<HTMLElement>("[data-upload-status]");
if (form && status) {
  for (const part of form.querySelectorAll<HTMLElement>("[data-scripted]")) part.hidden = false;
  for (const part of form.querySelectorAll<HTMLElement>("[data-plain]")) part.hidden = true;
  start(form, status);
}
