import assert from "node:assert/strict";
import { test } from "node:test";
import { type Item, Refused, UploadQueue } from "./queue";

/** A server that answers when told. */
class World {
  readonly asked: { item: Item; onProgress: (sent: number) => void; answer: (error?: Error) => void }[] = [];
  readonly waits: number[] = [];
  readonly queue = new UploadQueue(
    (item, onProgress) =>
      new Promise((resolve, reject) => {
        this.asked.push({ item, onProgress, answer: (error) => (error ? reject(error) : resolve()) });
      }),
    {
      parallel: 2,
      tries: 3,
      wait: (tries) => {
        this.waits.push(tries);
        return Promise.resolve();
      },
      changed: () => undefined,
    },
  );

  add(...names: string[]): void {
    for (const name of names) this.queue.add(name, new Blob([name]));
  }

  async answer(error?: Error): Promise<void> {
    this.asked.shift()?.answer(error);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }

  states(): string {
    return [...this.queue.items].map((item) => `${item.name}:${item.state}`).join(" ");
  }
}

test("files go in order, two at a time", async () => {
  const world = new World();
  world.add("a", "b", "c");
  assert.equal(world.states(), "a:sending b:sending c:waiting");
  await world.answer();
  assert.equal(world.states(), "a:done b:sending c:sending");
  await world.answer();
  await world.answer();
  assert.deepEqual(world.queue.totals(), {
    files: 3,
    arrived: 3,
    failed: 0,
    refused: 0,
    bytes: 3,
    sent: 3,
    busy: false,
  });
});

test("the same name twice is sent once, and a file that is there already is not sent", async () => {
  const world = new World();
  world.add("a", "a");
  world.queue.add("b", new Blob(["bb"]), true);
  assert.equal(world.states(), "a:sending b:present");
  assert.equal(world.queue.totals().sent, 2);
});

test("a broken connection is tried again, a refusal is not", async () => {
  const world = new World();
  world.add("a");
  await world.answer(new Error("gone"));
  assert.equal(world.asked.length, 1);
  await world.answer(new Refused("a is too large."));
  assert.equal(world.states(), "a:failed");
  assert.equal([...world.queue.items][0]?.message, "a is too large.");
  assert.deepEqual(world.waits, [1]);
  world.queue.retryAll();
  assert.equal(world.states(), "a:failed");
  assert.equal(world.queue.totals().refused, 1);
});

test("after its last try a file waits for a person, who retries it or leaves it out", async () => {
  const world = new World();
  world.add("a", "b");
  for (let tries = 0; tries < 3; tries += 1) {
    await world.answer(new Error("gone"));
    await world.answer(new Error("gone"));
  }
  assert.equal(world.states(), "a:failed b:failed");
  const [a, b] = [...world.queue.items];
  if (a) world.queue.remove(a);
  if (b) world.queue.retry(b);
  assert.equal(world.states(), "b:sending");
  await world.answer();
  assert.equal(world.queue.totals().arrived, 1);
});

test("a waiting file may be left out, one on its way may not", async () => {
  const world = new World();
  world.add("a", "b", "c");
  const [a, , c] = [...world.queue.items];
  if (a) world.queue.remove(a);
  if (c) world.queue.remove(c);
  assert.equal(world.states(), "a:sending b:sending");
  await world.answer();
  await world.answer();
  assert.equal(world.asked.length, 0);
});

test("progress counts bytes, never more than there are, and starts over after a failure", async () => {
  const world = new World();
  world.queue.add("a", new Blob(["12345"]));
  world.asked[0]?.onProgress(3);
  assert.equal(world.queue.totals().sent, 3);
  world.asked[0]?.onProgress(700);
  assert.equal(world.queue.totals().sent, 5);
  await world.answer(new Error("gone"));
  assert.equal(world.queue.totals().sent, 0);
});
