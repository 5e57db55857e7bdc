/** One upload on the server: opened with the first file, filled by PUT, started at the end. */
import { type Item, Refused } from "./queue";

export interface Place {
  /** Address of the organisation in the API, with a slash at its end. */
  api: string;
  dataset: string;
  uploadId: string;
  csrf: string;
  networkMessage: string;
}

interface Page {
  results: { name: string; byte_size: number }[];
  next: string | null;
}

const RETRIED = new Set([0, 408, 425, 429]);

export class Session {
  #opening: Promise<string> | undefined;

  constructor(
    private readonly place: Place,
    private readonly format: () => string,
    private readonly opened: (uploadId: string) => void,
  ) {
    if (place.uploadId) this.#opening = Promise.resolve(place.uploadId);
  }

  /** Names and sizes of the files that are there already. */
  async received(): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    let next: string | null = `${this.place.api}uploads/${this.place.uploadId}/files/?page_size=1000`;
    while (next && this.place.uploadId) {
      const page: Page = await (await fetch(next)).json();
      for (const file of page.results) found.set(file.name, file.byte_size);
      next = page.next;
    }
    return found;
  }

  async send(item: Item, onProgress: (sent: number) => void): Promise<void> {
    const uploadId = await this.#open();
    const address = `${this.place.api}uploads/${uploadId}/files/?name=${encodeURIComponent(item.name)}`;
    await new Promise<void>((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("PUT", address);
      request.setRequestHeader("X-CSRFToken", this.place.csrf);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = (event) => onProgress(event.loaded);
      request.onload = () => (request.status < 300 ? resolve() : reject(this.#failure(request)));
      request.onerror = () => reject(new Error(this.place.networkMessage));
      request.send(item.file);
    });
  }

  /** Starting twice is starting once, so a lost answer may be asked for again. */
  async start(): Promise<void> {
    const response = await this.#post(`uploads/${await this.#open()}/start/`, {});
    if (!response.ok) throw new Refused(messageOf(await response.text()) || this.place.networkMessage);
  }

  #open(): Promise<string> {
    this.#opening ??= this.#openNew().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #openNew(): Promise<string> {
    const response = await this.#post(`datasets/${this.place.dataset}/uploads/`, { format: this.format() });
    if (!response.ok) throw new Error(messageOf(await response.text()) || this.place.networkMessage);
    const { id }: { id: string } = await response.json();
    this.opened(id);
    return id;
  }

  #post(path: string, body: Record<string, string>): Promise<Response> {
    return fetch(this.place.api + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.place.csrf },
      body: JSON.stringify(body),
    });
  }

  #failure(request: XMLHttpRequest): Error {
    const message = messageOf(request.responseText) || this.place.networkMessage;
    const mayPass = RETRIED.has(request.status) || request.status >= 500;
    return mayPass ? new Error(message) : new Refused(message);
  }
}

/** The API's one shape of an error; anything else is not for people. */
export function messageOf(body: string): string {
  try {
    const parsed: { error?: { message?: string } } = JSON.parse(body);
    return parsed.error?.message ?? "";
  } catch {
    return "";
  }
}
