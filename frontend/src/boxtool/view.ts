/** Draws the labels as SVG over the image. Throws nothing away that did not change. */
import { centre, HANDLES, handlePoint, type Point, type Size } from "./geometry";
import { type Box, isBox, type Label, type LabelClass } from "./labels";
import type { Store } from "./store";
import { toScreen, type Viewport } from "./viewport";

const SVG = "http://www.w3.org/2000/svg";
const HANDLE_SIDE = 9;

interface Drawn {
  node: SVGGElement;
  label: Label;
  described: string;
}

export class View {
  private readonly drawn = new Map<number, Drawn>();
  private readonly image: HTMLImageElement;
  private readonly world: SVGGElement;
  private readonly handles: SVGGElement;
  private readonly name: HTMLElement;

  constructor(
    readonly stage: HTMLElement,
    private readonly size: Size,
    private readonly classOf: (id: string) => LabelClass | undefined,
    private readonly describe: (label: Label) => string,
  ) {
    this.image = part(stage, "image");
    this.world = part(stage, "world");
    this.handles = part(stage, "handles");
    this.name = part(stage, "name");
  }

  get stageSize(): Size {
    return { width: this.stage.clientWidth, height: this.stage.clientHeight };
  }

  /** Where a pointer is on the stage. */
  at(event: { clientX: number; clientY: number }): Point {
    const frame = this.stage.getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  }

  labelOf(node: EventTarget | null): number | undefined {
    const id = node instanceof Element ? node.closest<SVGElement>("[data-label]")?.dataset.label : undefined;
    return id === undefined ? undefined : Number(id);
  }

  focus(id: number): void {
    this.drawn.get(id)?.node.focus({ preventScroll: true });
  }

  render(store: Store, viewport: Viewport, editable: boolean): void {
    const { scale, x, y } = viewport;
    this.image.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    this.image.classList.toggle("is-pixelated", scale > 3);
    this.world.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    this.drawLabels(store);
    const box = store.selected && isBox(store.selected) ? store.selected.geometry : undefined;
    this.drawHandles(box && editable ? box : undefined, viewport);
    this.drawName(store.selected, viewport);
  }

  private drawLabels(store: Store): void {
    const shown = store.shown.filter((label) => label.kind !== "tag");
    const ids = new Set(shown.map((label) => label.id));
    for (const [id, { node }] of this.drawn) {
      if (!ids.has(id)) {
        node.remove();
        this.drawn.delete(id);
      }
    }
    for (const label of shown) this.drawLabel(label);
    const selected = store.selected?.id;
    for (const [id, { node }] of this.drawn) {
      const pressed = String(id === selected);
      if (node.getAttribute("aria-pressed") !== pressed) node.setAttribute("aria-pressed", pressed);
    }
  }

  private drawLabel(label: Label): void {
    const before = this.drawn.get(label.id);
    const described = this.describe(label);
    if (before?.label === label && before.described === described) return;
    const node = before?.node ?? this.made(label);
    const shape = isBox(label) ? boxPath(label.geometry) : (label.outline ?? "");
    for (const path of node.querySelectorAll("path")) path.setAttribute("d", shape);
    node.setAttribute("class", `drawn label-${this.classOf(label.label_class)?.colorIndex ?? 0}`);
    node.setAttribute("aria-label", described);
    this.drawn.set(label.id, { node, label, described });
  }

  private made(label: Label): SVGGElement {
    const node = document.createElementNS(SVG, "g");
    node.dataset.label = String(label.id);
    node.setAttribute("role", "button");
    node.setAttribute("tabindex", "0");
    const kinds = label.filled ? ["shape-area"] : ["shape-halo", "shape"];
    for (const kind of kinds) {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", kind);
      node.append(path);
    }
    this.world.append(node);
    return node;
  }

  private drawHandles(box: Box | undefined, viewport: Viewport): void {
    const points = box ? HANDLES.map((handle) => toScreen(viewport, handlePoint(box, handle))) : [];
    const squares = points.map(({ x, y }) => {
      const square = document.createElementNS(SVG, "rect");
      const place = {
        x: x - HANDLE_SIDE / 2,
        y: y - HANDLE_SIDE / 2,
        width: HANDLE_SIDE,
        height: HANDLE_SIDE,
      };
      for (const [name, value] of Object.entries(place)) square.setAttribute(name, String(value));
      return square;
    });
    this.handles.replaceChildren(...squares);
  }

  /** The name of the selected label, above it. */
  private drawName(label: Label | undefined, viewport: Viewport): void {
    const found = label && label.kind !== "tag" ? this.classOf(label.label_class) : undefined;
    this.name.hidden = !found;
    if (!found || !label) return;
    const top = toScreen(viewport, isBox(label) ? topLeft(label.geometry) : this.cornerOf(label.id));
    this.name.textContent = found.name;
    this.name.className = `shape-name label-${found.colorIndex}`;
    this.name.style.left = `${Math.max(0, top.x)}px`;
    this.name.style.top = `${Math.max(18, top.y)}px`;
  }

  private cornerOf(id: number): Point {
    const bounds = this.drawn.get(id)?.node.getBBox();
    return { x: bounds?.x ?? 0, y: bounds?.y ?? 0 };
  }

  /** Give the image its own pixels; it is scaled as a whole. */
  place(): void {
    this.image.style.width = `${this.size.width}px`;
    this.image.style.height = `${this.size.height}px`;
  }
}

function boxPath(box: Box): string {
  const corners = HANDLES.filter(({ h, v }) => h && v).map((handle) => handlePoint(box, handle));
  return `M${corners.map(({ x, y }) => `${x} ${y}`).join("L")}Z`;
}

function topLeft(box: Box): Point {
  if (!box.rotation) return { x: box.x, y: box.y };
  const corners = HANDLES.map((handle) => handlePoint(box, handle));
  return { x: centre(box).x, y: Math.min(...corners.map(({ y }) => y)) };
}

/** An element of the page by its `data-part`. */
export function part<Found extends Element>(root: ParentNode, name: string): Found {
  const found = root.querySelector<Found>(`[data-part="${name}"]`);
  if (!found) throw new Error(`The page has no part named ${name}.`);
  return found;
}
