/** Media grids: arrow keys move between cards, shift picks a range, and the selection bar counts what is picked. */
const GRID = "[data-media-grid]";

let anchor: HTMLInputElement | undefined;

function boxes(grid: Element): HTMLInputElement[] {
  return [...grid.querySelectorAll<HTMLInputElement>(".media-select")];
}

function pickRange(grid: Element, to: HTMLInputElement): void {
  const all = boxes(grid);
  const ends = [all.indexOf(anchor ?? to), all.indexOf(to)].sort((a, b) => a - b);
  for (const box of all.slice(ends[0], (ends[1] ?? 0) + 1)) box.checked = to.checked;
}

function showCount(): void {
  const count = document.querySelectorAll(`${GRID} .media-select:checked`).length;
  for (const bar of document.querySelectorAll<HTMLElement>("[data-selection-bar]")) {
    bar.hidden = count === 0;
    bar.querySelector("[data-selection-count]")?.replaceChildren(count.toLocaleString());
  }
}

/** Left and right step through the cards; up and down look for the nearest card of the next row. */
function move(grid: Element, key: string): void {
  const cards = [...grid.querySelectorAll<HTMLElement>(".media > a")];
  const current = document.activeElement?.closest(".media")?.querySelector<HTMLElement>(":scope > a");
  const at = current ? cards.indexOf(current) : -1;
  if (!current || at < 0) return;
  const sideways = { ArrowLeft: at - 1, ArrowRight: at + 1 }[key];
  const next =
    sideways === undefined ? inNextRow(cards, current, key === "ArrowDown" ? 1 : -1) : cards[sideways];
  next?.focus();
}

function inNextRow(cards: HTMLElement[], from: HTMLElement, direction: number): HTMLElement | undefined {
  const here = from.getBoundingClientRect();
  const beyond = cards
    .map((card) => ({ card, box: card.getBoundingClientRect() }))
    .filter(({ box }) => (box.top - here.top) * direction > 1);
  const distance = ({ box }: { box: DOMRect }) =>
    Math.abs(box.top - here.top) * 1000 + Math.abs(box.x + box.width / 2 - here.x - here.width / 2);
  return beyond.sort((a, b) => distance(a) - distance(b))[0]?.card;
}

document.addEventListener("click", (event) => {
  const box = event.target as HTMLInputElement;
  const grid = box.closest(GRID);
  if (!grid || !box.matches(".media-select")) return;
  if (event.shiftKey) pickRange(grid, box);
  anchor = box;
  showCount();
});

document.addEventListener("click", (event) => {
  if (!(event.target as Element).closest("[data-selection-clear]")) return;
  for (const grid of document.querySelectorAll(GRID)) for (const box of boxes(grid)) box.checked = false;
  showCount();
});

document.addEventListener("keydown", (event) => {
  const grid = (event.target as Element).closest(GRID);
  if (!grid) return;
  if (event.key.startsWith("Arrow")) {
    event.preventDefault();
    move(grid, event.key);
  } else if (event.key === "x") {
    document.activeElement?.closest(".media")?.querySelector<HTMLInputElement>(".media-select")?.click();
  }
});

document.addEventListener("htmx:load", showCount);
showCount();
