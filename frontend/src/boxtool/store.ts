/** The labels of one image, what is selected, and every step back. Knows nothing of the screen. */
import { type GivenLabel, type Label, type SentLabel, sent } from "./labels";

interface Step {
  labels: readonly Label[];
  selected: number | undefined;
}

/** Changes of one kind to one label in quick succession are one step back. */
const MERGE_MS = 700;

export class Store {
  private present: Step;
  private past: Step[] = [];
  private future: Step[] = [];
  private listeners: (() => void)[] = [];
  private lastId = 0;
  private merging = { key: "", at: Number.NEGATIVE_INFINITY };
  private shownDraft: Label | undefined;

  constructor(labels: readonly GivenLabel[] = []) {
    this.present = { labels: labels.map((label) => this.made(label)), selected: undefined };
  }

  /** The labels with the one that is being drawn or dragged as it looks now. */
  get shown(): readonly Label[] {
    const draft = this.shownDraft;
    if (!draft) return this.present.labels;
    const known = this.present.labels.some((label) => label.id === draft.id);
    return known
      ? this.present.labels.map((label) => (label.id === draft.id ? draft : label))
      : [...this.present.labels, draft];
  }

  get labels(): readonly Label[] {
    return this.present.labels;
  }

  get selected(): Label | undefined {
    return this.shown.find((label) => label.id === this.present.selected);
  }

  get draft(): Label | undefined {
    return this.shownDraft;
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  listen(listener: () => void): void {
    this.listeners.push(listener);
  }

  select(id: number | undefined): void {
    if (id === this.present.selected) return;
    this.present = { ...this.present, selected: id };
    this.tell();
  }

  /** A label under the hand, not kept yet. */
  show(label: Label): void {
    this.shownDraft = label;
    this.tell();
  }

  fresh(label: SentLabel): Label {
    return this.made(label);
  }

  /** Keep what is under the hand. */
  keepDraft(): void {
    const labels = this.shown;
    const draft = this.shownDraft;
    this.shownDraft = undefined;
    if (draft) this.step({ labels: labels.map((label) => this.own(label)), selected: draft.id });
  }

  dropDraft(): void {
    if (!this.shownDraft) return;
    this.shownDraft = undefined;
    this.tell();
  }

  add(label: SentLabel): void {
    const added = this.made(label);
    this.step({ labels: [...this.labels, added], selected: added.id });
  }

  change(id: number, change: Partial<SentLabel>, merge = "", now = 0): void {
    const labels = this.labels.map((label) =>
      label.id === id ? { ...label, ...change, origin: "" } : label,
    );
    const key = merge && `${merge} ${id}`;
    const again = key !== "" && key === this.merging.key && now - this.merging.at < MERGE_MS;
    this.step({ labels, selected: this.present.selected }, again);
    this.merging = { key, at: now };
  }

  remove(id: number): void {
    const labels = this.labels.filter((label) => label.id !== id);
    this.step({ labels, selected: this.present.selected === id ? undefined : this.present.selected });
  }

  /** Everything at once, such as labels found unsaved from an earlier visit; those that are here already stay. */
  replace(labels: readonly SentLabel[]): void {
    const here = new Map(this.labels.map((label) => [JSON.stringify(sent(label)), label]));
    const next = labels.map((label) => here.get(JSON.stringify(sent(label))) ?? this.made(label));
    this.step({ labels: next, selected: undefined });
  }

  undo(): void {
    this.travel(this.past, this.future);
  }

  redo(): void {
    this.travel(this.future, this.past);
  }

  toSend(): SentLabel[] {
    return this.labels.map(sent);
  }

  private travel(from: Step[], to: Step[]): void {
    const step = from.pop();
    if (!step) return;
    to.push(this.present);
    this.present = step;
    this.merging = { key: "", at: Number.NEGATIVE_INFINITY };
    this.shownDraft = undefined;
    this.tell();
  }

  private step(next: Step, merged = false): void {
    if (!merged) this.past.push(this.present);
    this.future = [];
    this.present = next;
    this.merging = { key: "", at: Number.NEGATIVE_INFINITY };
    this.tell();
  }

  /** A label that was changed is the work of whoever changed it. */
  private own(label: Label): Label {
    const before = this.present.labels.find(({ id }) => id === label.id);
    return before === label ? label : { ...label, origin: "" };
  }

  private made(label: GivenLabel): Label {
    this.lastId += 1;
    return { ...label, id: this.lastId, origin: label.origin ?? "" };
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
