/** Figures as people read them, and the speed of the last seconds. */
const WINDOW_MS = 10_000;

export class Rate {
  readonly #marks: { at: number; value: number }[] = [];

  /** `value` only grows; `at` is in milliseconds. */
  mark(at: number, value: number): void {
    this.#marks.push({ at, value });
    while ((this.#marks[0]?.at ?? at) < at - WINDOW_MS) this.#marks.shift();
  }

  /** Per second over the last ten seconds; 0 while there is nothing to go by. */
  get perSecond(): number {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (!first || !last || last.at - first.at < 500) return 0;
    return Math.max(0, (1000 * (last.value - first.value)) / (last.at - first.at));
  }
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function bytes(count: number, locale?: string): string {
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log10(count) / 3), UNITS.length - 1);
  const size = count / 1000 ** power;
  const digits = power > 0 && size < 100 ? 1 : 0;
  return `${size.toLocaleString(locale, { maximumFractionDigits: digits })} ${UNITS[power]}`;
}

export function span(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${rest} s` : `${rest} s`;
}

/** `{name}` in a sentence becomes the value of that name. */
export function fill(sentence: string, values: Record<string, string>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
