import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, fill, Rate, span } from "./figures";

test("sizes and spans read as people say them", () => {
  assert.deepEqual(
    [0, 999, 1500, 12_345_678, 4e12].map((count) => bytes(count, "en")),
    ["0 B", "999 B", "1.5 kB", "12.3 MB", "4 TB"],
  );
  assert.deepEqual([0.2, 59, 75, 8130].map(span), ["1 s", "59 s", "1 min 15 s", "2 h 15 min"]);
});

test("the rate is that of the last ten seconds", () => {
  const rate = new Rate();
  rate.mark(0, 0);
  assert.equal(rate.perSecond, 0);
  rate.mark(1_000, 500);
  assert.equal(rate.perSecond, 500);
  rate.mark(11_000, 500);
  rate.mark(12_000, 2_500);
  assert.equal(rate.perSecond, 2_000);
});

test("braces are filled, and a name nobody gave stays", () => {
  assert.equal(fill("{done} of {total}", { done: "3" }), "3 of {total}");
});
