import assert from "node:assert/strict";
import { test } from "node:test";
import {
  between,
  grown,
  type Handle,
  handleAt,
  handlePoint,
  moved,
  resized,
  smallestAt,
  turned,
} from "./geometry";
import type { Box } from "./labels";

const IMAGE = { width: 200, height: 100 };
const BOX: Box = { x: 20, y: 30, width: 40, height: 20, rotation: 0 };

function near(actual: object, expected: object): void {
  for (const [name, value] of Object.entries(expected)) {
    const found = (actual as Record<string, number>)[name] ?? Number.NaN;
    assert.ok(Math.abs(found - value) < 0.02, `${name}: ${found} is not ${value}`);
  }
}

test("a box is the same whichever corner it is drawn from", () => {
  const expected = { x: 10, y: 20, width: 30, height: 40, rotation: 0 };
  assert.deepEqual(between({ x: 10, y: 20 }, { x: 40, y: 60 }, IMAGE), expected);
  assert.deepEqual(between({ x: 40, y: 20 }, { x: 10, y: 60 }, IMAGE), expected);
});

test("drawing beyond the image stops at its edge", () => {
  assert.deepEqual(between({ x: -10, y: 50 }, { x: 500, y: 500 }, IMAGE), {
    x: 0,
    y: 50,
    width: 200,
    height: 50,
    rotation: 0,
  });
});

test("moving keeps the size and stops at the edge", () => {
  near(moved(BOX, { x: 5, y: -5 }, IMAGE), { x: 25, y: 25, width: 40, height: 20 });
  near(moved(BOX, { x: 1000, y: -1000 }, IMAGE), { x: 160, y: 0, width: 40, height: 20 });
});

test("a turned box stops where its centre does", () => {
  near(moved({ ...BOX, rotation: 45 }, { x: -1000, y: 0 }, IMAGE), { x: -20, y: 30 });
});

test("a handle moves its sides and leaves the opposite ones", () => {
  near(resized(BOX, { h: 1, v: 1 }, { x: 100, y: 90 }, IMAGE), { x: 20, y: 30, width: 80, height: 60 });
  near(resized(BOX, { h: -1, v: 0 }, { x: 5, y: 99 }, IMAGE), { x: 5, y: 30, width: 55, height: 20 });
});

test("sides never cross and never leave the image", () => {
  near(resized(BOX, { h: -1, v: -1 }, { x: 500, y: 500 }, IMAGE), { x: 59, y: 49, width: 1, height: 1 });
  near(resized(BOX, { h: 1, v: 0 }, { x: 500, y: 0 }, IMAGE), { width: 180, height: 20 });
});

test("pulling a corner of a turned box leaves the opposite corner where it is", () => {
  const box = { ...BOX, rotation: 30 };
  for (const handle of [
    { h: 1, v: 1 },
    { h: -1, v: 1 },
    { h: 1, v: 0 },
  ] as Handle[]) {
    const opposite = { h: -handle.h, v: -handle.v } as Handle;
    const at = handlePoint(box, handle);
    const pulled = resized(box, handle, { x: at.x + 7, y: at.y + 3 }, IMAGE);
    near(handlePoint(pulled, opposite), handlePoint(box, opposite));
  }
});

test("the keyboard grows a box at its right and bottom", () => {
  near(grown(BOX, { x: 10, y: -5 }, IMAGE), { x: 20, y: 30, width: 50, height: 15 });
});

test("turning there and back changes nothing", () => {
  near(turned(turned({ x: 3, y: 4 }, { x: 1, y: 1 }, 77), { x: 1, y: 1 }, -77), { x: 3, y: 4 });
});

test("the nearest handle within reach is taken", () => {
  assert.deepEqual(handleAt(BOX, { x: 61, y: 49 }, 5), { h: 1, v: 1 });
  assert.equal(handleAt(BOX, { x: 40, y: 40 }, 5), undefined);
});

test("of boxes inside each other the smallest is hit", () => {
  const small = { ...BOX, width: 10, height: 10 };
  const same = (box: Box) => box;
  assert.equal(smallestAt([small, BOX], same, { x: 25, y: 35 }, 0), small);
  assert.equal(smallestAt([small, BOX], same, { x: 45, y: 45 }, 0), BOX);
  assert.equal(smallestAt([small, BOX], same, { x: 150, y: 45 }, 0), undefined);
});
