import assert from "node:assert/strict";
import { test } from "node:test";
import { fitted, middle, panned, revealing, toImage, toScreen, zoomed } from "./viewport";

const IMAGE = { width: 1000, height: 500 };
const STAGE = { width: 532, height: 532 };

test("the whole image fits in the middle", () => {
  assert.deepEqual(fitted(IMAGE, STAGE), { scale: 0.5, x: 16, y: 141 });
});

test("a small image is not blown up beyond four to one", () => {
  assert.equal(fitted({ width: 10, height: 10 }, STAGE).scale, 4);
});

test("the point under the pointer stays there while zooming", () => {
  const view = fitted(IMAGE, STAGE);
  const at = { x: 300, y: 200 };
  const before = toImage(view, at);
  const after = toImage(zoomed(view, 3, at, IMAGE, STAGE), at);
  assert.ok(Math.hypot(before.x - after.x, before.y - after.y) < 1e-9);
});

test("zoom has two ends", () => {
  const view = fitted(IMAGE, STAGE);
  assert.equal(zoomed(view, 1e-9, { x: 0, y: 0 }, IMAGE, STAGE).scale, 0.25);
  assert.equal(zoomed(view, 1e9, { x: 0, y: 0 }, IMAGE, STAGE).scale, 40);
});

test("the image cannot be pushed out of sight", () => {
  const view = panned(fitted(IMAGE, STAGE), { x: 1e6, y: -1e6 }, IMAGE, STAGE);
  assert.ok(view.x < STAGE.width && view.y > -IMAGE.height * view.scale);
});

test("a point out of sight is brought in with the least move", () => {
  const view = { scale: 2, x: 0, y: 0 };
  const there = toScreen(revealing(view, { x: 900, y: 100 }, IMAGE, STAGE), { x: 900, y: 100 });
  assert.deepEqual(there, { x: 516, y: 200 });
  assert.equal(revealing(view, { x: 100, y: 100 }, IMAGE, STAGE), view);
});

test("the middle is that of the visible part", () => {
  assert.deepEqual(middle({ scale: 1, x: 0, y: 0 }, IMAGE, STAGE), { x: 266, y: 250 });
});
