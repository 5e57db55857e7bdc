/** Which part of the image the stage shows: a point of the image is at `point * scale + offset` on the screen. */
import { clamp, type Point, type Size } from "./geometry";

export interface Viewport {
  scale: number;
  x: number;
  y: number;
}

const MARGIN = 16;
const MOST = 40;

/** The whole image in the middle of the stage, never larger than four screen pixels to one. */
export function fitted(image: Size, stage: Size): Viewport {
  const across = Math.max(stage.width - 2 * MARGIN, 1) / image.width;
  const down = Math.max(stage.height - 2 * MARGIN, 1) / image.height;
  const scale = Math.min(across, down, 4);
  return {
    scale,
    x: (stage.width - image.width * scale) / 2,
    y: (stage.height - image.height * scale) / 2,
  };
}

/** Zoom by a factor about a point of the screen, which keeps its place on the image. */
export function zoomed(view: Viewport, factor: number, at: Point, image: Size, stage: Size): Viewport {
  const least = Math.min(fitted(image, stage).scale, 1) / 2;
  const scale = clamp(view.scale * factor, least, MOST);
  const grown = scale / view.scale;
  return kept({ scale, x: at.x - (at.x - view.x) * grown, y: at.y - (at.y - view.y) * grown }, image, stage);
}

export function panned(view: Viewport, by: Point, image: Size, stage: Size): Viewport {
  return kept({ ...view, x: view.x + by.x, y: view.y + by.y }, image, stage);
}

/** Move as little as needed to bring a point of the image into sight. */
export function revealing(view: Viewport, point: Point, image: Size, stage: Size): Viewport {
  const at = toScreen(view, point);
  const by = {
    x: clamp(at.x, MARGIN, stage.width - MARGIN) - at.x,
    y: clamp(at.y, MARGIN, stage.height - MARGIN) - at.y,
  };
  return by.x || by.y ? panned(view, by, image, stage) : view;
}

export function toImage(view: Viewport, point: Point): Point {
  return { x: (point.x - view.x) / view.scale, y: (point.y - view.y) / view.scale };
}

export function toScreen(view: Viewport, point: Point): Point {
  return { x: point.x * view.scale + view.x, y: point.y * view.scale + view.y };
}

/** The middle of what is visible of the image, in image pixels. */
export function middle(view: Viewport, image: Size, stage: Size): Point {
  const from = toImage(view, { x: 0, y: 0 });
  const to = toImage(view, { x: stage.width, y: stage.height });
  return {
    x: (clamp(from.x, 0, image.width) + clamp(to.x, 0, image.width)) / 2,
    y: (clamp(from.y, 0, image.height) + clamp(to.y, 0, image.height)) / 2,
  };
}

/** Some of the image always stays in sight. */
function kept(view: Viewport, image: Size, stage: Size): Viewport {
  const [width, height] = [image.width * view.scale, image.height * view.scale];
  const least = 3 * MARGIN;
  return {
    scale: view.scale,
    x: clamp(view.x, least - width, stage.width - least),
    y: clamp(view.y, least - height, stage.height - least),
  };
}
