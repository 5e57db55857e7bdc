/** Draws the queue: the sum on top, and lines only for the files that matter now, however many there are. */
import { bytes, fill, Rate, span } from "./figures";
import type { Item, State, Totals, UploadQueue } from "./queue";

export type Texts = Record<string, string>;

const MOST_ROWS = 40;
const REDRAW_MS = 200;
const SPEAK_MS = 5_000;
const ORDER: State[] = ["failed", "sending", "waiting", "done", "present"];

export class View {
  readonly #rate = new Rate();
  readonly #rows = new Map<Item, HTMLElement>();
  #drawn = 0;
  #spoken = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly queue: UploadQueue,
    private readonly texts: Texts,
    /** Files that came in an earlier visit. */
    private readonly received: number,
    private readonly drawnTotals: (totals: Totals) => void,
  ) {}

  /** Drawn at most five times a second, and once more after the last change. */
  changed(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#drawn = Date.now();
        this.#draw();
      },
      Math.max(0, this.#drawn + REDRAW_MS - Date.now()),
    );
  }

  part<Kind extends HTMLElement>(name: string, inside: ParentNode = this.root): Kind {
    const found = inside.querySelector<Kind>(`[data-${name}]`);
    if (!found) throw new Error(`the upload page lacks data-${name}`);
    return found;
  }

  #draw(): void {
    const totals = this.queue.totals();
    this.root.hidden = totals.files + this.received === 0;
    this.#rate.mark(Date.now(), totals.sent);
    this.#drawTotals(totals);
    this.#drawRows();
    this.drawnTotals(totals);
  }

  #drawTotals(totals: Totals): void {
    const { perSecond } = this.#rate;
    const left = totals.busy && perSecond > 0 ? (totals.bytes - totals.sent) / perSecond : 0;
    const share = totals.bytes ? Math.floor((100 * totals.sent) / totals.bytes) : 0;
    const count = totals.files
      ? this.#say("progress", {
          done: totals.arrived.toLocaleString(),
          total: totals.files.toLocaleString(),
        })
      : this.#say("received", { count: this.received.toLocaleString() });
    this.part("total-count").textContent = count;
    this.part("total-size").textContent = totals.files
      ? `${bytes(totals.sent)} / ${bytes(totals.bytes)}`
      : "";
    this.part("total-rate").textContent =
      totals.busy && perSecond ? this.#say("rate", { rate: bytes(perSecond) }) : "";
    this.part("total-left").textContent = left ? this.#say("left", { time: span(left) }) : "";
    const bar = this.part("total-bar");
    bar.hidden = totals.files === 0;
    bar.setAttribute("aria-valuenow", String(share));
    fillBar(bar, share);
    this.#speak(count, totals.busy);
  }

  /** Now and then for those who listen, and always at the end. */
  #speak(text: string, busy: boolean): void {
    if (busy && Date.now() - this.#spoken < SPEAK_MS) return;
    this.#spoken = Date.now();
    const spoken = this.part("spoken");
    if (spoken.textContent !== text) spoken.textContent = text;
  }

  #drawRows(): void {
    const shown = this.#mostUrgent();
    for (const [item, row] of this.#rows) {
      if (shown.includes(item)) continue;
      row.remove();
      this.#rows.delete(item);
    }
    const list = this.part("list");
    shown.forEach((item, place) => {
      const row = this.#row(item);
      if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
    });
    const more = this.queue.totals().files - shown.length;
    this.part("more").textContent = more > 0 ? this.#say("more", { count: more.toLocaleString() }) : "";
  }

  #mostUrgent(): Item[] {
    const byState = new Map<State, Item[]>(ORDER.map((state) => [state, []]));
    for (const item of this.queue.items) {
      const same = byState.get(item.state);
      if (same && same.length < MOST_ROWS) same.push(item);
    }
    return [...byState.values()].flat().slice(0, MOST_ROWS);
  }

  #row(item: Item): HTMLElement {
    const row = this.#rows.get(item) ?? this.#newRow(item);
    row.dataset.state = item.state;
    this.part("state", row).textContent = this.texts[item.state] ?? item.state;
    fillBar(row, item.file.size ? (100 * item.sent) / item.file.size : item.state === "done" ? 100 : 0);
    this.part("retry", row).hidden = item.state !== "failed" || item.refused;
    this.part("remove", row).hidden = item.state !== "failed" && item.state !== "waiting";
    const message = this.part("message", row);
    message.hidden = !item.message;
    message.textContent = item.message;
    return row;
  }

  #newRow(item: Item): HTMLElement {
    const model = this.part<HTMLTemplateElement>("row").content.firstElementChild;
    const row = model?.cloneNode(true) as HTMLElement;
    this.part("name", row).textContent = item.name;
    this.part("name", row).title = item.name;
    this.part("retry", row).addEventListener("click", () => this.queue.retry(item));
    this.part("remove", row).addEventListener("click", () => this.queue.remove(item));
    for (const name of ["retry", "remove"]) {
      this.part(name, row).setAttribute("aria-label", `${this.texts[name]}: ${item.name}`);
    }
    this.#rows.set(item, row);
    return row;
  }

  #say(name: string, values: Record<string, string> = {}): string {
    return fill(this.texts[name] ?? "", values);
  }
}

function fillBar(inside: Element, share: number): void {
  const bar = inside.querySelector<HTMLElement>(".progress-fill");
  if (bar) bar.style.width = `${share}%`;
}
