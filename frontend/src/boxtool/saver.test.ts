import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, type Journal, Saver, type SaveState } from "./saver";

const LABEL = { label_class: "rbc", kind: "tag", geometry: {}, attributes: {} };

/** A clock that moves by hand and a server that answers when told. */
class World {
  sent: Journal[] = [];
  states: SaveState[] = [];
  kept: Journal | undefined;
  private timers: { run: () => void; at: number }[] = [];
  private answers: ((answer: Answer) => void)[] = [];
  private now = 0;
  saver = new Saver(
    {
      send: (journal) => {
        this.sent.push(journal);
        return new Promise((resolve) => this.answers.push(resolve));
      },
      later: (run, milliseconds) => this.timers.push({ run, at: this.now + milliseconds }),
      keep: (journal) => {
        this.kept = journal;
      },
      show: (state) => this.states.push(state),
    },
    5,
  );

  async pass(milliseconds: number): Promise<void> {
    this.now += milliseconds;
    const due = this.timers.filter(({ at }) => at <= this.now);
    this.timers = this.timers.filter(({ at }) => at > this.now);
    for (const { run } of due) run();
    await Promise.resolve();
  }

  async answer(answer: Answer): Promise<void> {
    this.answers.shift()?.(answer);
    await Promise.resolve();
    await Promise.resolve();
  }
}

test("changes in a row are saved once, after a pause, from the revision seen", async () => {
  const world = new World();
  world.saver.changed([LABEL]);
  await world.pass(300);
  world.saver.changed([LABEL, LABEL]);
  await world.pass(300);
  assert.equal(world.sent.length, 0);
  await world.pass(300);
  assert.deepEqual(world.sent, [{ revision: 5, annotations: [LABEL, LABEL] }]);
  assert.equal(world.saver.unsaved, true);
  await world.answer({ kind: "saved", revision: 6 });
  assert.deepEqual([world.saver.current, world.saver.unsaved, world.kept], ["saved", false, undefined]);
});

test("a change while saving is saved next, from the new revision", async () => {
  const world = new World();
  world.saver.changed([LABEL]);
  await world.pass(500);
  world.saver.changed([]);
  assert.equal(world.sent.length, 1);
  await world.answer({ kind: "saved", revision: 6 });
  await world.pass(0);
  assert.deepEqual(world.sent[1], { revision: 6, annotations: [] });
});

test("without a network it tries again, ever less often, and keeps the labels in the browser", async () => {
  const world = new World();
  world.saver.changed([LABEL]);
  await world.pass(500);
  for (const wait of [1000, 2000, 4000]) {
    await world.answer({ kind: "away" });
    assert.equal(world.saver.current, "away");
    const tries = world.sent.length;
    await world.pass(wait - 1);
    assert.equal(world.sent.length, tries);
    await world.pass(1);
    assert.equal(world.sent.length, tries + 1);
  }
  assert.deepEqual(world.kept, { revision: 5, annotations: [LABEL] });
  await world.answer({ kind: "saved", revision: 6 });
  assert.equal(world.saver.current, "saved");
});

test("someone else's change stops the saving, and nothing is sent over it", async () => {
  const world = new World();
  world.saver.changed([LABEL]);
  await world.pass(500);
  await world.answer({ kind: "conflict", message: "Someone else changed these labels." });
  world.saver.changed([]);
  await world.pass(60_000);
  assert.deepEqual([world.sent.length, world.saver.current, world.saver.unsaved], [1, "conflict", true]);
  assert.deepEqual(world.kept, { revision: 5, annotations: [] });
});

test("a refusal waits for the next change", async () => {
  const world = new World();
  world.saver.changed([LABEL]);
  await world.pass(500);
  await world.answer({ kind: "refused", message: "The class is archived." });
  await world.pass(60_000);
  assert.equal(world.sent.length, 1);
  world.saver.changed([]);
  await world.pass(500);
  assert.equal(world.sent.length, 2);
});

test("leaving saves at once", async () => {
  const world = new World();
  world.saver.changed([LABEL]);
  void world.saver.flush();
  assert.equal(world.sent.length, 1);
});
