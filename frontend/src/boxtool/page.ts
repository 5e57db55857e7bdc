/** What the page gives the tool, and the requests the tool makes. */
import type { Size } from "./geometry";
import type { GivenLabel, LabelClass } from "./labels";
import type { Answer, Journal } from "./saver";

export interface Page {
  image: Size;
  revision: number;
  annotations: GivenLabel[];
  classes: LabelClass[];
  editable: boolean;
  urls: { save: string; classes: string; previous: string; next: string };
  csrf: string;
  kinds: Record<string, string>;
  words: Record<"mine" | "noClass" | "added" | "removed" | "failed" | "restored", string>;
}

export function readPage(): Page | undefined {
  const data = document.getElementById("boxtool-data")?.textContent;
  return data ? (JSON.parse(data) as Page) : undefined;
}

export async function save(page: Page, journal: Journal): Promise<Answer> {
  const body = JSON.stringify(journal);
  // A request that outlives its page may carry 64 kB at most.
  const response = await request(page, "PUT", page.urls.save, body, body.length < 60_000);
  if (!response || response.status >= 500 || response.status === 429) return { kind: "away" };
  const answer = await response.json().catch(() => undefined);
  if (response.ok) return { kind: "saved", revision: answer.revision };
  const message: string = answer?.error?.message ?? page.words.failed;
  return { kind: response.status === 409 ? "conflict" : "refused", message };
}

/** The new class, or why there is none. */
export async function createClass(page: Page, name: string): Promise<LabelClass | string> {
  const response = await request(page, "POST", page.urls.classes, JSON.stringify({ name }));
  const answer = await response?.json().catch(() => undefined);
  if (!response?.ok) return answer?.error?.message ?? page.words.failed;
  const { id, shortcut, archived } = answer;
  return { id, name: answer.name, colorIndex: answer.color_index, shortcut, archived };
}

async function request(
  page: Page,
  method: string,
  url: string,
  body: string,
  keepalive = false,
): Promise<Response | undefined> {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": page.csrf };
  return fetch(url, { method, headers, body, keepalive }).catch(() => undefined);
}

interface Kept extends Journal {
  tab: string;
}

/** Labels that are not on the server yet, kept in the browser under the item's address. */
export class Drawer {
  private readonly key: string;
  private readonly tab = crypto.getRandomValues(new Uint32Array(2)).join("-");

  constructor(address: string) {
    this.key = `labels ${address}`;
  }

  keep(journal: Journal | undefined): void {
    try {
      if (journal) localStorage.setItem(this.key, JSON.stringify({ ...journal, tab: this.tab }));
      else if (this.read()?.tab === this.tab) this.clear();
    } catch {
      // A full or forbidden store costs the safety net, not the labels: they are still being sent.
    }
  }

  find(): Journal | undefined {
    try {
      return this.read();
    } catch {
      return undefined;
    }
  }

  clear(): void {
    localStorage.removeItem(this.key);
  }

  private read(): Kept | undefined {
    const text = localStorage.getItem(this.key);
    return text ? (JSON.parse(text) as Kept) : undefined;
  }
}
