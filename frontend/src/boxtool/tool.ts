/** The box tool: joins labels, picture, pointers, keys and saving. */
import { centre, grown, moved, type Size } from "./geometry";
import { Gestures, type Surroundings } from "./gestures";
import { type Command, command } from "./keys";
import { type BoxLabel, isBox, type Label, type LabelClass, type SentLabel } from "./labels";
import type { Page } from "./page";
import { Panel } from "./panel";
import { Store } from "./store";
import { part, View } from "./view";
import { fitted, middle, revealing, type Viewport, zoomed } from "./viewport";

export class Tool implements Surroundings {
  readonly store: Store;
  readonly view: View;
  readonly image: Size;
  readonly editable: boolean;
  viewport: Viewport;
  drawing: boolean;
  active: string;
  private readonly panel: Panel;
  private waiting = false;
  private moved = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly page: Page,
    private readonly go: (way: "previous" | "next") => void,
  ) {
    this.image = page.image;
    this.editable = page.editable;
    this.store = new Store(page.annotations);
    this.active = page.classes.find((each) => !each.archived)?.id ?? "";
    this.drawing = page.editable;
    this.view = new View(
      part(root, "stage"),
      page.image,
      (id) => this.classOf(id),
      (label) => this.describe(label),
    );
    this.panel = new Panel(root, page, {
      select: (id) => this.reveal(id),
      remove: (id) => this.remove(id),
      choose: (id) => this.choose(id),
    });
    this.view.place();
    this.viewport = fitted(this.image, this.view.stageSize);
    this.listen();
    this.render();
  }

  classOf(id: string): LabelClass | undefined {
    return this.page.classes.find((each) => each.id === id);
  }

  newBox(geometry: BoxLabel["geometry"]): SentLabel | undefined {
    if (this.active) return { label_class: this.active, kind: "box", geometry, attributes: {} };
    this.say(this.page.words.noClass);
    return undefined;
  }

  /** A class that was just made. */
  addClass(made: LabelClass): void {
    this.page.classes.push(made);
    this.later();
  }

  addTag(classId: string): void {
    const there = this.store.labels.some((label) => label.kind === "tag" && label.label_class === classId);
    if (!there) this.store.add({ label_class: classId, kind: "tag", geometry: {}, attributes: {} });
  }

  /** Draw on the next frame, however many changes come before it. */
  refresh(): void {
    this.moved = true;
    this.later();
  }

  say(message: string): void {
    part<HTMLElement>(this.root, "spoken").textContent = message;
  }

  private later(): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => this.render());
  }

  private listen(): void {
    new Gestures(this);
    this.store.listen(() => this.later());
    document.addEventListener("keydown", (event) => this.pressed(event));
    this.view.stage.addEventListener("focusin", (event) => this.focused(this.view.labelOf(event.target)));
    for (const button of this.root.querySelectorAll<HTMLElement>("[data-do]")) {
      button.addEventListener("click", () => this.run(buttonCommand(button)));
    }
    new ResizeObserver(() => this.fitUnlessMoved()).observe(this.view.stage);
  }

  private focused(id: number | undefined): void {
    if (id !== undefined) this.store.select(id);
  }

  /** The whole image stays in sight while the page finds its size, until someone looks closer. */
  private fitUnlessMoved(): void {
    if (!this.moved) this.viewport = fitted(this.image, this.view.stageSize);
    this.later();
  }

  private render(): void {
    this.waiting = false;
    this.view.render(this.store, this.viewport, this.editable);
    this.panel.render(this.store, this.active);
    const state = {
      undo: this.store.canUndo,
      redo: this.store.canRedo,
      remove: this.store.selected !== undefined,
    };
    for (const [name, enabled] of Object.entries(state)) {
      for (const button of this.root.querySelectorAll<HTMLButtonElement>(`[data-do="${name}"]`)) {
        button.disabled = !enabled;
      }
    }
    this.view.stage.dataset.mode = this.drawing ? "draw" : "select";
    for (const mode of ["draw", "select"]) {
      const button = this.root.querySelector(`[data-do="${mode}"]`);
      button?.setAttribute("aria-pressed", String(this.drawing === (mode === "draw")));
    }
  }

  private pressed(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (target.closest("input, textarea, select, dialog, [contenteditable]")) return;
    const onControl = target.closest("a, button, summary") !== null;
    const found = command(event, this.page.classes);
    if (!found || (onControl && (found.do === "create" || found.do === "remove"))) return;
    if (this.run(found)) event.preventDefault();
  }

  /** True when the command meant something here. */
  private run(given: Command): boolean {
    if (given.do === "previous" || given.do === "next") {
      this.go(given.do);
      return true;
    }
    if (given.do === "keys") {
      this.root.querySelector<HTMLElement>('[data-dialog="keys"]')?.click();
      return true;
    }
    return this.looking(given) || (this.editable && this.changing(given));
  }

  private looking(given: Command): boolean {
    const { image, view } = this;
    const stage = view.stageSize;
    if (given.do === "fit") this.viewport = fitted(image, stage);
    else if (given.do === "zoom") {
      const at = { x: stage.width / 2, y: stage.height / 2 };
      this.viewport = zoomed(this.viewport, given.factor, at, image, stage);
    } else if (given.do === "escape") this.escape();
    else return false;
    this.refresh();
    this.moved = given.do !== "fit";
    return true;
  }

  private changing(given: Command): boolean {
    const selected = this.store.selected;
    if (given.do === "undo") this.store.undo();
    else if (given.do === "redo") this.store.redo();
    else if (given.do === "choose") this.choose(given.id);
    else if (given.do === "draw" || given.do === "select") this.setDrawing(given.do === "draw");
    else if (given.do === "create") this.create();
    else if (given.do === "remove" && selected) this.remove(selected.id);
    else if ((given.do === "nudge" || given.do === "grow") && selected) this.adjust(selected, given);
    else return false;
    return true;
  }

  private escape(): void {
    if (this.store.draft) this.store.dropDraft();
    else if (this.store.selected) this.store.select(undefined);
    else this.setDrawing(false);
  }

  private setDrawing(drawing: boolean): void {
    this.drawing = drawing;
    this.later();
  }

  /** A class for the next box, and for the selected label. */
  choose(id: string): void {
    this.active = id;
    const selected = this.store.selected;
    if (selected && selected.label_class !== id && selected.kind !== "tag") {
      this.store.change(selected.id, { label_class: id });
    }
    this.later();
  }

  /** A box in the middle of what is visible, a quarter of it wide, for those who do not point. */
  private create(): void {
    const { image, viewport, view } = this;
    const at = middle(viewport, image, view.stageSize);
    const side = Math.min(view.stageSize.width, view.stageSize.height) / viewport.scale / 4;
    const [width, height] = [Math.min(side, image.width), Math.min(side, image.height)];
    const box = { x: at.x - width / 2, y: at.y - height / 2, width, height, rotation: 0 };
    const label = this.newBox({ ...moved(box, { x: 0, y: 0 }, image) });
    if (!label) return;
    this.store.add(label);
    this.render();
    const made = this.store.selected;
    if (made) this.view.focus(made.id);
    this.say(`${this.classOf(this.active)?.name ?? ""}: ${this.page.words.added}`);
  }

  private remove(id: number): void {
    const label = this.store.labels.find((each) => each.id === id);
    if (!label || !this.editable) return;
    const focused = this.view.stage.contains(document.activeElement);
    this.store.remove(id);
    if (focused) this.view.stage.focus({ preventScroll: true });
    this.say(`${this.classOf(label.label_class)?.name ?? ""}: ${this.page.words.removed}`);
  }

  private adjust(label: Label, given: { do: "nudge" | "grow"; by: { x: number; y: number } }): void {
    if (!isBox(label)) return;
    const change = given.do === "nudge" ? moved : grown;
    const geometry = { ...change(label.geometry, given.by, this.image) };
    this.store.change(label.id, { geometry }, given.do, performance.now());
    this.viewport = revealing(this.viewport, centre(geometry), this.image, this.view.stageSize);
  }

  private reveal(id: number): void {
    const label = this.store.labels.find((each) => each.id === id);
    this.store.select(id);
    if (!label || !isBox(label)) return;
    this.viewport = revealing(this.viewport, centre(label.geometry), this.image, this.view.stageSize);
    this.refresh();
  }

  private describe(label: Label): string {
    const name = this.classOf(label.label_class)?.name ?? "";
    const kind = this.page.kinds[label.kind] ?? label.kind;
    if (!isBox(label)) return `${name}, ${kind}`;
    const { x, y, width, height } = label.geometry;
    return `${name}, ${kind}, ${Math.round(width)} × ${Math.round(height)}, x ${Math.round(x)}, y ${Math.round(y)}`;
  }
}

function buttonCommand(button: HTMLElement): Command {
  const name = button.dataset.do ?? "";
  return name === "zoom" ? { do: "zoom", factor: Number(button.dataset.factor) } : ({ do: name } as Command);
}
