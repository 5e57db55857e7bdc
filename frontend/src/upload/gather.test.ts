import assert from "node:assert/strict";
import { test } from "node:test";
import { fromDrop, fromInput, fromPaste, isJunk } from "./gather";

test("system files are told apart", () => {
  const names = ["a/.DS_Store", "__MACOSX/._a.jpg", "a/Thumbs.db", "photo.jpg", "a/ds_store.jpg"];
  assert.deepEqual(names.filter(isJunk), ["a/.DS_Store", "__MACOSX/._a.jpg", "a/Thumbs.db"]);
});

test("a picked folder keeps its paths, pasted pictures get names of their own", () => {
  const inFolder = Object.assign(new File([], "a.jpg"), { webkitRelativePath: "trip/a.jpg" });
  assert.equal(fromInput([inFolder])[0]?.name, "trip/a.jpg");
  const pasted = fromPaste([new File([], "image.png"), new File([], "image.png")], new Date(0));
  assert.deepEqual(
    pasted.map(({ name }) => name),
    ["pasted-1970-01-01T00-00-00-000Z-1.png", "pasted-1970-01-01T00-00-00-000Z-2.png"],
  );
});

/** A folder as a browser shows it, whose reader hands out one entry at a time. */
function folder(path: string, children: object[]): object {
  const left = [...children];
  const reader = { readEntries: (done: (part: object[]) => void) => done(left.splice(0, 1)) };
  return { isFile: false, isDirectory: true, fullPath: path, createReader: () => reader };
}

function entry(path: string): object {
  const file = (done: (file: File) => void) => done(new File([], path.split("/").pop() ?? ""));
  return { isFile: true, isDirectory: false, fullPath: path, file };
}

test("dropped folders are walked to their depth", async () => {
  const tree = folder("/trip", [entry("/trip/a.jpg"), folder("/trip/day", [entry("/trip/day/b.jpg")])]);
  const items = [tree, entry("/c.jpg")].map((found) => ({ webkitGetAsEntry: () => found }));
  const found = await fromDrop({ items, files: [] } as unknown as DataTransfer);
  assert.deepEqual(
    found.map(({ name }) => name),
    ["trip/a.jpg", "trip/day/b.jpg", "c.jpg"],
  );
});
