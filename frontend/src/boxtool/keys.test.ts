import assert from "node:assert/strict";
import { test } from "node:test";
import { command } from "./keys";

const CLASSES = [
  { id: "rbc", name: "RBC", colorIndex: 0, shortcut: "1", archived: false },
  { id: "old", name: "Old", colorIndex: 1, shortcut: "2", archived: true },
];

function pressed(key: string, held = "") {
  const key_ = {
    key,
    shiftKey: held.includes("s"),
    altKey: held.includes("a"),
    ctrlKey: held.includes("c"),
    metaKey: held.includes("m"),
  };
  return command(key_, CLASSES);
}

test("a class is chosen by its key, unless it is archived", () => {
  assert.deepEqual(pressed("1"), { do: "choose", id: "rbc" });
  assert.equal(pressed("2"), undefined);
  assert.deepEqual(pressed("?", "s"), { do: "keys" });
});

test("arrows move, with shift farther, with alt they resize", () => {
  assert.deepEqual(pressed("ArrowLeft"), { do: "nudge", by: { x: -1, y: 0 } });
  assert.deepEqual(pressed("ArrowDown", "s"), { do: "nudge", by: { x: 0, y: 10 } });
  assert.deepEqual(pressed("ArrowRight", "a"), { do: "grow", by: { x: 1, y: 0 } });
});

test("undo and redo on every keyboard", () => {
  assert.deepEqual(pressed("z", "c"), { do: "undo" });
  assert.deepEqual(pressed("Z", "ms"), { do: "redo" });
  assert.deepEqual(pressed("y", "c"), { do: "redo" });
});

test("the browser keeps its own keys", () => {
  assert.equal(pressed("f", "c"), undefined);
  assert.equal(pressed("1", "a"), undefined);
  assert.equal(pressed("Tab"), undefined);
});

test("tools, zoom and the way through the images", () => {
  assert.deepEqual(
    ["B", "v", "f", "Enter", "Backspace", "Escape", ",", "."].map((key) => pressed(key)?.do),
    ["draw", "select", "fit", "create", "remove", "escape", "previous", "next"],
  );
  assert.deepEqual(pressed("+", "s"), { do: "zoom", factor: 1.25 });
});
