/** Boxes, points and what can be done to them. Plain numbers in, plain numbers out. */
import type { Box } from "./labels";

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Which sides a handle moves: -1 is left or top, 1 is right or bottom, 0 neither. */
export interface Handle {
  h: -1 | 0 | 1;
  v: -1 | 0 | 1;
}

export const HANDLES: readonly Handle[] = [
  { h: -1, v: -1 },
  { h: 0, v: -1 },
  { h: 1, v: -1 },
  { h: 1, v: 0 },
  { h: 1, v: 1 },
  { h: 0, v: 1 },
  { h: -1, v: 1 },
  { h: -1, v: 0 },
];

/** The least side of a box in image pixels. */
export const LEAST = 1;

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

export function inside(point: Point, image: Size): Point {
  return { x: clamp(point.x, 0, image.width), y: clamp(point.y, 0, image.height) };
}

/** The upright box between two corners, whichever way it was drawn, within the image. */
export function between(from: Point, to: Point, image: Size): Box {
  const [a, b] = [inside(from, image), inside(to, image)];
  return tidy({
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
    rotation: 0,
  });
}

export function centre(box: Box): Point {
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** A turned box may reach over the edge as long as its centre does not; an upright one stays inside whole. */
export function moved(box: Box, by: Point, image: Size): Box {
  const [spanX, spanY] = box.rotation ? [0, 0] : [box.width, box.height];
  const middle = centre(box);
  const x = clamp(middle.x + by.x, spanX / 2, image.width - spanX / 2);
  const y = clamp(middle.y + by.y, spanY / 2, image.height - spanY / 2);
  return tidy({ ...box, x: x - box.width / 2, y: y - box.height / 2 });
}

/** Pull a handle to a point. The opposite corner or side stays where it is; sides never cross. */
export function resized(box: Box, handle: Handle, to: Point, image: Size): Box {
  const target = box.rotation ? to : inside(to, image);
  const local = turned(target, centre(box), -box.rotation);
  const edges = {
    left: handle.h < 0 ? Math.min(local.x, box.x + box.width - LEAST) : box.x,
    right: handle.h > 0 ? Math.max(local.x, box.x + LEAST) : box.x + box.width,
    top: handle.v < 0 ? Math.min(local.y, box.y + box.height - LEAST) : box.y,
    bottom: handle.v > 0 ? Math.max(local.y, box.y + LEAST) : box.y + box.height,
  };
  const width = edges.right - edges.left;
  const height = edges.bottom - edges.top;
  // The new centre was found in the axes of the old one: turn it about the old centre, back onto the image.
  const middle = turned({ x: edges.left + width / 2, y: edges.top + height / 2 }, centre(box), box.rotation);
  return tidy({ ...box, x: middle.x - width / 2, y: middle.y - height / 2, width, height });
}

/** Grow or shrink at the right and bottom, as the keyboard does. */
export function grown(box: Box, by: Point, image: Size): Box {
  const corner = turned({ x: box.x + box.width, y: box.y + box.height }, centre(box), box.rotation);
  const step = turned(by, { x: 0, y: 0 }, box.rotation);
  return resized(box, { h: 1, v: 1 }, { x: corner.x + step.x, y: corner.y + step.y }, image);
}

export function turned(point: Point, about: Point, degrees: number): Point {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [dx, dy] = [point.x - about.x, point.y - about.y];
  return { x: about.x + dx * cos - dy * sin, y: about.y + dx * sin + dy * cos };
}

export function handlePoint(box: Box, handle: Handle): Point {
  const middle = centre(box);
  const point = { x: middle.x + (handle.h * box.width) / 2, y: middle.y + (handle.v * box.height) / 2 };
  return turned(point, middle, box.rotation);
}

/** The handle within reach of a point, the nearest first. */
export function handleAt(box: Box, point: Point, reach: number): Handle | undefined {
  const near = HANDLES.map((handle) => ({ handle, far: distance(handlePoint(box, handle), point) }));
  return near.filter(({ far }) => far <= reach).sort((a, b) => a.far - b.far)[0]?.handle;
}

export function contains(box: Box, point: Point, reach = 0): boolean {
  const local = turned(point, centre(box), -box.rotation);
  return (
    local.x >= box.x - reach &&
    local.x <= box.x + box.width + reach &&
    local.y >= box.y - reach &&
    local.y <= box.y + box.height + reach
  );
}

/** The smallest of the boxes at a point, so that one inside another can be reached. */
export function smallestAt<Item>(
  items: readonly Item[],
  boxOf: (item: Item) => Box,
  point: Point,
  reach: number,
): Item | undefined {
  const area = (item: Item) => boxOf(item).width * boxOf(item).height;
  return items.filter((item) => contains(boxOf(item), point, reach)).sort((a, b) => area(a) - area(b))[0];
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** A hundredth of a pixel is finer than any hand. */
function tidy(box: Box): Box {
  const round = (value: number) => Math.round(value * 100) / 100;
  return {
    x: round(box.x),
    y: round(box.y),
    width: round(box.width),
    height: round(box.height),
    rotation: box.rotation,
  };
}
