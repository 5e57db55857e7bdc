/** Keys to commands, apart from the screen so that every key can be tested. */
import type { Point } from "./geometry";
import type { LabelClass } from "./labels";

export interface Key {
  key: string;
  shiftKey: boolean;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}

export type Command =
  | { do: "choose"; id: string }
  | { do: "nudge" | "grow"; by: Point }
  | {
      do:
        | "keys"
        | "draw"
        | "select"
        | "create"
        | "remove"
        | "escape"
        | "undo"
        | "redo"
        | "fit"
        | "previous"
        | "next";
    }
  | { do: "zoom"; factor: number };

const FAR = 10;
const ARROWS: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
/** Letters that no class may have; `datasets.vocabulary.OWN_KEYS` says the same. */
const PLAIN: Record<string, Command> = {
  b: { do: "draw" },
  v: { do: "select" },
  f: { do: "fit" },
  "?": { do: "keys" },
  Enter: { do: "create" },
  Delete: { do: "remove" },
  Backspace: { do: "remove" },
  Escape: { do: "escape" },
  ",": { do: "previous" },
  PageUp: { do: "previous" },
  ".": { do: "next" },
  PageDown: { do: "next" },
  "+": { do: "zoom", factor: 1.25 },
  "=": { do: "zoom", factor: 1.25 },
  "-": { do: "zoom", factor: 0.8 },
};

export function command(pressed: Key, classes: readonly LabelClass[]): Command | undefined {
  const key = pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key;
  if (pressed.ctrlKey || pressed.metaKey) return withControl(key, pressed.shiftKey);
  const arrow = ARROWS[key];
  if (arrow) return moving(arrow, pressed);
  if (pressed.altKey) return undefined;
  const chosen = classes.find((each) => each.shortcut === key && !each.archived);
  return chosen ? { do: "choose", id: chosen.id } : PLAIN[key];
}

function withControl(key: string, shift: boolean): Command | undefined {
  if (key === "z") return { do: shift ? "redo" : "undo" };
  return key === "y" ? { do: "redo" } : undefined;
}

function moving(arrow: Point, { shiftKey, altKey }: Key): Command {
  const far = shiftKey ? FAR : 1;
  return { do: altKey ? "grow" : "nudge", by: { x: arrow.x * far, y: arrow.y * far } };
}
