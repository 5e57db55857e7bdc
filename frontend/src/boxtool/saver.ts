/** Saves by itself: soon after a change, one request at a time, again and again while the network is away.
 *
 * Until the server has said yes, the labels are also kept in the browser, so that a closed tab loses nothing.
 */
import type { SentLabel } from "./labels";

export type SaveState = "saved" | "waiting" | "saving" | "away" | "conflict" | "refused";

export type Answer =
  | { kind: "saved"; revision: number }
  | { kind: "away" }
  | { kind: "conflict" | "refused"; message: string };

export interface Journal {
  revision: number;
  annotations: SentLabel[];
}

export interface Outside {
  send(journal: Journal): Promise<Answer>;
  later(run: () => void, milliseconds: number): unknown;
  keep(journal: Journal | undefined): void;
  show(state: SaveState, message: string): void;
}

const SOON_MS = 500;
const LONGEST_WAIT_MS = 30_000;

export class Saver {
  private state: SaveState = "saved";
  private wanted: SentLabel[] | undefined;
  private failures = 0;
  private turn = 0;

  constructor(
    private readonly outside: Outside,
    private revision: number,
  ) {}

  /** Whether leaving now would leave something unsaved. */
  get unsaved(): boolean {
    return this.wanted !== undefined;
  }

  get current(): SaveState {
    return this.state;
  }

  changed(annotations: SentLabel[]): void {
    this.wanted = annotations;
    this.outside.keep({ revision: this.revision, annotations });
    if (this.state === "conflict") return;
    if (this.state !== "saving") {
      this.enter("waiting");
      this.plan(SOON_MS);
    }
  }

  /** Now, without the pause: before leaving, when the network is back, when the person asks. */
  async flush(): Promise<void> {
    if (!this.wanted || this.state === "saving" || this.state === "conflict") return;
    this.turn += 1;
    const sending = this.wanted;
    this.enter("saving");
    const answer = await this.outside.send({ revision: this.revision, annotations: sending });
    this.answered(answer, sending);
  }

  private answered(answer: Answer, sending: SentLabel[]): void {
    if (answer.kind === "saved") this.saved(answer.revision, sending);
    else if (answer.kind === "away") this.retry();
    else this.stopped(answer, sending);
  }

  private saved(revision: number, sending: SentLabel[]): void {
    this.revision = revision;
    this.failures = 0;
    this.wanted = this.wanted === sending ? undefined : this.wanted;
    this.outside.keep(this.wanted && { revision, annotations: this.wanted });
    this.enter(this.wanted ? "waiting" : "saved");
    if (this.wanted) this.plan(0);
  }

  private stopped(
    { kind, message }: { kind: "conflict" | "refused"; message: string },
    sending: SentLabel[],
  ): void {
    this.enter(kind, message);
    if (kind === "refused" && this.wanted !== sending) this.plan(SOON_MS);
  }

  private retry(): void {
    this.failures += 1;
    this.enter("away");
    this.plan(Math.min(1000 * 2 ** (this.failures - 1), LONGEST_WAIT_MS));
  }

  /** Only the last plan counts. */
  private plan(milliseconds: number): void {
    this.turn += 1;
    const mine = this.turn;
    this.outside.later(() => {
      if (mine === this.turn) void this.flush();
    }, milliseconds);
  }

  private enter(state: SaveState, message = ""): void {
    this.state = state;
    this.outside.show(state, message);
  }
}
