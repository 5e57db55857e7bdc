/** Sends files a few at a time, again after a broken connection, and knows how far all of them are. */
export type State = "waiting" | "sending" | "done" | "present" | "failed";

export interface Item {
  readonly name: string;
  readonly file: Blob;
  state: State;
  sent: number;
  message: string;
  /** The server will not take it, however often it is sent. */
  refused: boolean;
}

/** The server read the request and said no: sending it again would not help. */
export class Refused extends Error {}

export interface Totals {
  files: number;
  arrived: number;
  failed: number;
  refused: number;
  bytes: number;
  sent: number;
  busy: boolean;
}

export interface Options {
  parallel: number;
  tries: number;
  /** Resolves when it is worth trying again, after so many tries. */
  wait: (tries: number) => Promise<void>;
  changed: () => void;
}

export type Send = (item: Item, onProgress: (sent: number) => void) => Promise<void>;

export class UploadQueue {
  readonly #items = new Map<string, Item>();
  readonly #waiting: Item[] = [];
  #running = 0;

  constructor(
    private readonly send: Send,
    private readonly options: Options,
  ) {}

  get items(): Iterable<Item> {
    return this.#items.values();
  }

  /** A name that is in the queue already is passed over, unless it failed: then the new file takes its place. */
  add(name: string, file: Blob, present = false): void {
    const there = this.#items.get(name);
    if (there && there.state !== "failed") return;
    const item: Item = { name, file, state: "waiting", sent: 0, message: "", refused: false };
    this.#items.set(name, item);
    if (present) this.#settle(item, "present");
    else this.#enqueue(item);
  }

  retry(item: Item): void {
    if (item.state === "failed" && !item.refused) this.#enqueue(item);
  }

  retryAll(): void {
    for (const item of this.items) this.retry(item);
  }

  /** Leaves out a file that is not being sent. */
  remove(item: Item): void {
    if (item.state === "sending") return;
    this.#items.delete(item.name);
    const at = this.#waiting.indexOf(item);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.options.changed();
  }

  totals(): Totals {
    const sum: Totals = { files: 0, arrived: 0, failed: 0, refused: 0, bytes: 0, sent: 0, busy: false };
    for (const item of this.items) {
      sum.files += 1;
      sum.bytes += item.file.size;
      sum.sent += item.sent;
      if (item.state === "done" || item.state === "present") sum.arrived += 1;
      if (item.state === "failed") sum.failed += 1;
      if (item.refused) sum.refused += 1;
      if (item.state === "waiting" || item.state === "sending") sum.busy = true;
    }
    return sum;
  }

  #enqueue(item: Item): void {
    Object.assign(item, { state: "waiting", sent: 0, message: "" });
    this.#waiting.push(item);
    this.#pump();
    this.options.changed();
  }

  #pump(): void {
    while (this.#running < this.options.parallel) {
      const item = this.#waiting.shift();
      if (!item) return;
      this.#running += 1;
      item.state = "sending";
      void this.#deliver(item).finally(() => {
        this.#running -= 1;
        this.#pump();
        this.options.changed();
      });
    }
  }

  async #deliver(item: Item): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.send(item, (sent) => {
          item.sent = Math.min(sent, item.file.size);
          this.options.changed();
        });
        this.#settle(item, "done");
        return;
      } catch (error) {
        item.sent = 0;
        if (error instanceof Refused || tries >= this.options.tries) {
          item.refused = error instanceof Refused;
          item.message = error instanceof Error ? error.message : String(error);
          item.state = "failed";
          return;
        }
        await this.options.wait(tries);
      }
    }
  }

  #settle(item: Item, state: "done" | "present"): void {
    item.state = state;
    item.sent = item.file.size;
    this.options.changed();
  }
}
