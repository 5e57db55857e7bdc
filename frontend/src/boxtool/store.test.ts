import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "./store";

function box(x: number) {
  return {
    label_class: "rbc",
    kind: "box",
    geometry: { x, y: 0, width: 9, height: 9, rotation: 0 },
    attributes: {},
  };
}

function xs(store: Store): unknown[] {
  return store.shown.map((label) => label.geometry.x);
}

test("added, changed, removed, and all of it back and forth", () => {
  const store = new Store([{ ...box(1), origin: "Imported" }]);
  store.add(box(2));
  const added = store.selected;
  assert.ok(added);
  store.change(added.id, { geometry: box(3).geometry });
  store.remove(added.id);
  assert.deepEqual(xs(store), [1]);
  store.undo();
  assert.deepEqual(xs(store), [1, 3]);
  store.undo();
  store.undo();
  assert.deepEqual([xs(store), store.canUndo], [[1], false]);
  store.redo();
  assert.deepEqual([xs(store), store.canRedo], [[1, 2], true]);
  store.add(box(7));
  assert.equal(store.canRedo, false);
});

test("what was changed is one's own; undo gives it back its origin", () => {
  const store = new Store([{ ...box(1), origin: "Imported" }]);
  const [label] = store.labels;
  assert.ok(label);
  store.change(label.id, { label_class: "wbc" });
  assert.equal(store.labels[0]?.origin, "");
  store.undo();
  assert.equal(store.labels[0]?.origin, "Imported");
});

test("a row of nudges is one step back, a pause begins another", () => {
  const store = new Store([box(1)]);
  const id = store.labels[0]?.id ?? 0;
  for (const [x, now] of [
    [2, 100],
    [3, 300],
    [4, 2000],
  ] as const) {
    store.change(id, { geometry: box(x).geometry }, "nudge", now);
  }
  store.undo();
  assert.deepEqual(xs(store), [3]);
  store.undo();
  assert.deepEqual(xs(store), [1]);
});

test("a drag shows but is not kept until let go, and can be dropped", () => {
  const store = new Store([{ ...box(1), origin: "Imported" }]);
  const [label] = store.labels;
  assert.ok(label);
  store.show({ ...label, geometry: box(50).geometry });
  assert.deepEqual([xs(store), store.labels[0]?.geometry.x, store.canUndo], [[50], 1, false]);
  store.dropDraft();
  assert.deepEqual(xs(store), [1]);
  store.show({ ...label, geometry: box(60).geometry });
  store.keepDraft();
  assert.deepEqual([xs(store), store.labels[0]?.origin, store.selected?.id], [[60], "", label.id]);
  store.undo();
  assert.deepEqual(xs(store), [1]);
});

test("a fresh box joins the others when it is kept", () => {
  const store = new Store([{ ...box(1), origin: "Imported" }]);
  store.show(store.fresh(box(2)));
  assert.deepEqual(xs(store), [1, 2]);
  store.keepDraft();
  assert.deepEqual(
    store.labels.map((label) => label.origin),
    ["Imported", ""],
  );
  assert.deepEqual(store.toSend(), [box(1), box(2)]);
});

test("labels of an earlier visit replace these, but those that are the same keep their origin", () => {
  const store = new Store([{ ...box(1), origin: "Imported", outline: "M0 0" }, box(2)]);
  store.replace([box(1), box(5)]);
  assert.deepEqual(
    [xs(store), store.labels[0]?.origin, store.labels[0]?.outline],
    [[1, 5], "Imported", "M0 0"],
  );
});

test("listeners hear of each change, selection included", () => {
  const store = new Store([box(1)]);
  let heard = 0;
  store.listen(() => {
    heard += 1;
  });
  store.select(store.labels[0]?.id);
  store.select(store.labels[0]?.id);
  store.add(box(2));
  assert.equal(heard, 2);
});
