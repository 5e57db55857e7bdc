/** The image page: starts the box tool, saves what it changes, and leads to the next image. */
import type { LabelClass } from "./boxtool/labels";
import { createClass, Drawer, type Page, readPage, save } from "./boxtool/page";
import { Saver, type SaveState } from "./boxtool/saver";
import { Tool } from "./boxtool/tool";
import { part } from "./boxtool/view";

const PATIENCE_MS = 4000;

function start(root: HTMLElement, page: Page): void {
  const drawer = new Drawer(page.urls.save);
  const saver = new Saver(
    {
      send: (journal) => save(page, journal),
      later: (run, milliseconds) => setTimeout(run, milliseconds),
      keep: (journal) => drawer.keep(journal),
      show: (state, message) => showState(root, state, message),
    },
    page.revision,
  );
  const tool = new Tool(root, page, (way) => {
    if (page.urls[way]) void leave(saver, page.urls[way]);
  });
  let known = tool.store.labels;
  tool.store.listen(() => {
    if (tool.store.labels === known) return;
    known = tool.store.labels;
    saver.changed(tool.store.toSend());
  });
  if (page.editable) {
    takeUp(root, page, drawer, tool);
    watchNewNames(root, page, tool);
  }
  watchLeaving(root, saver);
}

function showState(root: HTMLElement, state: SaveState, message: string): void {
  for (const each of document.querySelectorAll<HTMLElement>("[data-save-state]")) {
    each.hidden = each.dataset.saveState !== state;
  }
  part<HTMLElement>(root, "problem").hidden = state !== "conflict" && state !== "refused";
  part<HTMLElement>(root, "problem-text").textContent = message;
  part<HTMLElement>(root, "reload").hidden = state !== "conflict";
}

/** Labels of an earlier visit that never reached the server: taken up, or offered when someone else was here since. */
function takeUp(root: HTMLElement, page: Page, drawer: Drawer, tool: Tool): void {
  const found = drawer.find();
  if (!found) return;
  const use = () => tool.store.replace(found.annotations);
  if (found.revision === page.revision) {
    use();
    tool.say(page.words.restored);
    return;
  }
  const offer = part<HTMLElement>(root, "offer");
  offer.hidden = false;
  part(offer, "use-mine").addEventListener("click", () => {
    offer.hidden = true;
    use();
  });
  part(offer, "drop-mine").addEventListener("click", () => {
    offer.hidden = true;
    drawer.clear();
  });
}

/** The two fields that take a name: a class for boxes, a tag for the image. */
function watchNewNames(root: HTMLElement, page: Page, tool: Tool): void {
  onName(part(root, "new-class"), page, tool, (id) => tool.choose(id));
  onName(part(root, "new-tag"), page, tool, (id) => tool.addTag(id));
}

function onName(form: HTMLFormElement, page: Page, tool: Tool, take: (id: string) => void): void {
  const [input, error] = [part<HTMLInputElement>(form, "typed"), part<HTMLElement>(form, "typed-error")];
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const found = await classNamed(input.value.trim(), page, tool);
    const refusal = typeof found === "string" ? found : "";
    error.hidden = !refusal;
    error.textContent = refusal;
    if (typeof found === "string") return;
    input.value = "";
    take(found.id);
  });
}

/** The class of that name, whatever its letter case; a new name becomes a new class, or is refused with a reason. */
async function classNamed(name: string, page: Page, tool: Tool): Promise<LabelClass | string> {
  const same = page.classes.find((each) => each.name.toLowerCase() === name.toLowerCase() && !each.archived);
  if (same) return same;
  const made = await createClass(page, name);
  if (typeof made !== "string") tool.addClass(made);
  return made;
}

function watchLeaving(root: HTMLElement, saver: Saver): void {
  let decided = false;
  window.addEventListener("beforeunload", (event) => {
    if (decided || !saver.unsaved) return;
    void saver.flush();
    event.preventDefault();
  });
  window.addEventListener("online", () => void saver.flush());
  document.addEventListener("visibilitychange", () => void saver.flush());
  part(root, "retry").addEventListener("click", () => void saver.flush());
  part(root, "reload").addEventListener("click", () => {
    decided = true;
    location.reload();
  });
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || link?.target;
    if (!link || elsewhere || event.defaultPrevented || !saver.unsaved) return;
    event.preventDefault();
    void leave(saver, link.href);
  });
}

/** Go once the labels are saved. When that takes too long, the browser asks before it leaves. */
async function leave(saver: Saver, address: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while (saver.unsaved && ["waiting", "saving"].includes(saver.current) && performance.now() < until) {
    await saver.flush();
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  location.assign(address);
}

const page = readPage();
const root = document.querySelector<HTMLElement>("[data-boxtool]");
if (page && root) start(root, page);
