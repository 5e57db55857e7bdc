/** The lists beside the image: labels, classes with counts, tags. Rows are cut from the page's own templates. */
import { isBox, type Label, type LabelClass } from "./labels";
import type { Page } from "./page";
import type { Store } from "./store";
import { part } from "./view";

export interface Actions {
  select(id: number): void;
  remove(id: number): void;
  choose(classId: string): void;
}

export class Panel {
  private shown: readonly unknown[] = [];

  constructor(
    private readonly root: ParentNode,
    private readonly page: Page,
    private readonly actions: Actions,
  ) {}

  render(store: Store, active: string): void {
    const now = [store.labels, store.selected?.id, active, this.page.classes.length];
    if (now.every((value, index) => value === this.shown[index])) return;
    this.shown = now;
    const placed = store.labels.filter((label) => label.kind !== "tag");
    const tags = store.labels.filter((label) => label.kind === "tag");
    this.fill(
      "labels",
      placed.map((label) => this.labelRow(label, label.id === store.selected?.id)),
    );
    this.fill(
      "tags",
      tags.map((label) => this.tagChip(label)),
    );
    this.fill(
      "classes",
      this.classesInUse(placed).map((each) => this.classRow(each, placed, active)),
    );
    part<HTMLElement>(this.root, "label-count").textContent = placed.length.toLocaleString();
    part<HTMLElement>(this.root, "no-labels").hidden = placed.length > 0;
    part<HTMLElement>(this.root, "no-classes").hidden = this.page.classes.length > 0;
    this.showAttributes(store.selected);
  }

  private classesInUse(placed: readonly Label[]): LabelClass[] {
    const used = new Set(placed.map((label) => label.label_class));
    return this.page.classes.filter((each) => !each.archived || used.has(each.id));
  }

  private labelRow(label: Label, selected: boolean): HTMLElement {
    const row = this.cut("label-row", this.classOf(label));
    const size = isBox(label)
      ? `${Math.round(label.geometry.width)} × ${Math.round(label.geometry.height)}`
      : "";
    text(row, "kind", `${this.page.kinds[label.kind] ?? label.kind} ${size}`.trim());
    text(row, "origin", label.origin || this.page.words.mine);
    const choose = part<HTMLButtonElement>(row, "choose");
    choose.setAttribute("aria-pressed", String(selected));
    choose.addEventListener("click", () => this.actions.select(label.id));
    this.onRemove(row, label);
    return row;
  }

  private tagChip(label: Label): HTMLElement {
    const chip = this.cut("tag-chip", this.classOf(label));
    chip.title = label.origin || this.page.words.mine;
    this.onRemove(chip, label);
    return chip;
  }

  private classRow(each: LabelClass, placed: readonly Label[], active: string): HTMLElement {
    const row = this.cut("class-row", each);
    const count = placed.filter((label) => label.label_class === each.id).length;
    text(row, "count", count ? count.toLocaleString() : "");
    text(row, "key", each.shortcut.toUpperCase());
    part<HTMLElement>(row, "key").hidden = !each.shortcut;
    const choose = part<HTMLButtonElement>(row, "choose");
    choose.setAttribute("aria-pressed", String(each.id === active));
    choose.disabled = each.archived || !this.page.editable;
    choose.addEventListener("click", () => this.actions.choose(each.id));
    return row;
  }

  private showAttributes(label: Label | undefined): void {
    const rows = Object.entries(label?.attributes ?? {}).flatMap(([name, value]) => {
      const [term, detail] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      detail.textContent = String(value);
      return [term, detail];
    });
    part<HTMLElement>(this.root, "attributes").replaceChildren(...rows);
    part<HTMLElement>(this.root, "attributes-section").hidden = rows.length === 0;
  }

  private onRemove(row: HTMLElement, label: Label): void {
    const button = row.querySelector<HTMLButtonElement>('[data-part="remove"]');
    button?.addEventListener("click", () => this.actions.remove(label.id));
  }

  private classOf(label: Label): LabelClass | undefined {
    return this.page.classes.find((each) => each.id === label.label_class);
  }

  private cut(template: string, each: LabelClass | undefined): HTMLElement {
    const model = part<HTMLTemplateElement>(this.root, template).content.firstElementChild;
    const row = model?.cloneNode(true);
    if (!(row instanceof HTMLElement)) throw new Error(`The template ${template} is empty.`);
    row.classList.add(`label-${each?.colorIndex ?? 0}`);
    text(row, "class-name", each?.name ?? "");
    text(row, "letter", String.fromCharCode(65 + (each?.colorIndex ?? 0)));
    return row;
  }

  /** Keeps the focus on the row of the same place, which is what someone who removes one after another expects. */
  private fill(list: string, rows: HTMLElement[]): void {
    const home = part<HTMLElement>(this.root, list);
    const focused = document.activeElement;
    const place = [...home.children].findIndex((row) => row.contains(focused));
    const name = focused instanceof HTMLElement ? focused.dataset.part : undefined;
    home.replaceChildren(...rows);
    const row = place < 0 ? undefined : home.children[Math.min(place, rows.length - 1)];
    row?.querySelector<HTMLElement>(`[data-part="${name}"]`)?.focus({ preventScroll: true });
  }
}

function text(row: ParentNode, name: string, value: string): void {
  for (const found of row.querySelectorAll(`[data-part="${name}"]`)) found.textContent = value;
}
