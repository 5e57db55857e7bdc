/** What a pointer does on the stage: draw, move, resize, pan, pinch. Mouse, touch and pen are all pointers here. */
import {
  between,
  distance,
  type Handle,
  handleAt,
  moved,
  type Point,
  resized,
  type Size,
  smallestAt,
} from "./geometry";
import { type BoxLabel, isBox, type SentLabel } from "./labels";
import type { Store } from "./store";
import type { View } from "./view";
import { panned, toImage, type Viewport, zoomed } from "./viewport";

/** Screen pixels: how far a press may slip and still be a tap, and how near a handle must be to be caught. */
const SLIP = 4;
const REACH = { mouse: 9, pen: 14, touch: 24 };

export interface Surroundings {
  readonly store: Store;
  readonly view: View;
  readonly image: Size;
  viewport: Viewport;
  readonly drawing: boolean;
  readonly editable: boolean;
  newBox(geometry: BoxLabel["geometry"]): SentLabel | undefined;
  refresh(): void;
}

type Action =
  | { kind: "draw"; from: Point }
  | { kind: "move"; label: BoxLabel; from: Point }
  | { kind: "resize"; label: BoxLabel; handle: Handle }
  | { kind: "pan"; last: Point }
  | { kind: "pinch"; apart: number; middle: Point };

export class Gestures {
  private readonly pointers = new Map<number, Point>();
  private action: Action | undefined;
  private start: Point = { x: 0, y: 0 };
  private slipped = false;

  constructor(private readonly around: Surroundings) {
    const { stage } = around.view;
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("pointercancel", (event) => this.cancel(event));
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  private down(event: PointerEvent): void {
    const at = this.around.view.at(event);
    this.around.view.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, at);
    if (this.pointers.size === 2) {
      this.around.store.dropDraft();
      this.action = { kind: "pinch", ...this.fingers() };
    } else if (this.pointers.size === 1 && event.button <= 1) {
      this.start = at;
      this.slipped = false;
      this.action = event.button === 1 ? { kind: "pan", last: at } : this.begin(event, at);
    }
  }

  private begin(event: PointerEvent, at: Point): Action {
    const { store, drawing, editable } = this.around;
    const point = this.image(at);
    const selected = store.selected;
    if (editable && selected && isBox(selected)) {
      const handle = handleAt(selected.geometry, point, this.reach(event) / this.around.viewport.scale);
      if (handle) return { kind: "resize", label: selected, handle };
    }
    if (editable && drawing) return { kind: "draw", from: point };
    const hit = this.boxAt(point);
    if (hit) store.select(hit.id);
    return hit && editable ? { kind: "move", label: hit, from: point } : { kind: "pan", last: at };
  }

  private move(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before || !this.action) return;
    const at = this.around.view.at(event);
    this.pointers.set(event.pointerId, at);
    if (this.action.kind === "pinch") {
      this.pinch(this.action);
      return;
    }
    this.slipped ||= distance(at, this.start) > SLIP;
    if (this.slipped) this.follow(this.action, at);
  }

  private follow(action: Exclude<Action, { kind: "pinch" }>, at: Point): void {
    const { store, image } = this.around;
    const point = this.image(at);
    if (action.kind === "pan") {
      this.look(panned(this.around.viewport, minus(at, action.last), image, this.around.view.stageSize));
      action.last = at;
    } else if (action.kind === "draw") {
      this.draw(between(action.from, point, image));
    } else {
      const { label } = action;
      const geometry =
        action.kind === "move"
          ? moved(label.geometry, minus(point, action.from), image)
          : resized(label.geometry, action.handle, point, image);
      store.show({ ...label, geometry: { ...geometry } });
    }
  }

  private draw(box: ReturnType<typeof between>): void {
    const { store } = this.around;
    if (!box.width || !box.height) return;
    if (store.draft) {
      store.show({ ...store.draft, geometry: { ...box } });
      return;
    }
    const label = this.around.newBox({ ...box });
    if (label) store.show(store.fresh(label));
  }

  private up(event: PointerEvent): void {
    if (!this.pointers.delete(event.pointerId)) return;
    const { store } = this.around;
    const [action, at] = [this.action, this.around.view.at(event)];
    this.action = undefined;
    if (action?.kind === "pinch" || !action) return;
    if (this.slipped) store.keepDraft();
    else this.tap(at);
  }

  private cancel(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    this.action = undefined;
    this.around.store.dropDraft();
  }

  private tap(at: Point): void {
    this.around.store.select(this.boxAt(this.image(at))?.id);
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const { image, view, viewport } = this.around;
    const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015));
    this.look(
      event.shiftKey
        ? panned(viewport, { x: -event.deltaX - event.deltaY, y: 0 }, image, view.stageSize)
        : zoomed(viewport, factor, view.at(event), image, view.stageSize),
    );
  }

  private pinch(action: { apart: number; middle: Point }): void {
    const { image, view } = this.around;
    const now = this.fingers();
    const shifted = panned(this.around.viewport, minus(now.middle, action.middle), image, view.stageSize);
    this.look(zoomed(shifted, now.apart / Math.max(action.apart, 1), now.middle, image, view.stageSize));
    Object.assign(action, now);
  }

  private fingers(): { apart: number; middle: Point } {
    const [a = this.start, b = this.start] = [...this.pointers.values()];
    return { apart: distance(a, b), middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
  }

  private look(viewport: Viewport): void {
    this.around.viewport = viewport;
    this.around.refresh();
  }

  private boxAt(point: Point): BoxLabel | undefined {
    const reach = SLIP / this.around.viewport.scale;
    return smallestAt(this.around.store.labels.filter(isBox), (label) => label.geometry, point, reach);
  }

  private image(at: Point): Point {
    return toImage(this.around.viewport, at);
  }

  private reach(event: PointerEvent): number {
    return REACH[event.pointerType as keyof typeof REACH] ?? REACH.mouse;
  }
}

function minus(a: Point, b: Point): Point {
  return { x: a.x - b.x, y: a.y - b.y };
}
