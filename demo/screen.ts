// How the demo looks: aligned rows, and a progress bar where there is a terminal to draw it on.

import { styleText } from "node:util";

const MARGIN = "   ";
const LABEL_WIDTH = 11;
const BAR_WIDTH_MAX = 28;
const DRAW_EVERY_MS = 80;

// All keep to plain text where the output is no terminal.
const strong = (text: string) => styleText("bold", text);
const quiet = (text: string) => styleText("dim", text);
export const good = (text: string) => styleText("green", text);
export const bad = (text: string) => styleText("red", text);

export const count = (number: number) => Math.round(number).toLocaleString("en-US");

export function title(text: string): void {
  console.log(strong(text));
}

export function heading(step: number, text: string): void {
  console.log(`\n${strong(`${step}  ${text}`)}`);
}

export function row(label: string, value: string, note = ""): void {
  console.log(`${MARGIN}${quiet(label.padEnd(LABEL_WIDTH))}${value}${note && `  ${quiet(note)}`}`);
}

export function text(lines: string): void {
  for (const line of lines.split("\n")) console.log(`${MARGIN}${line}`);
}

/** Shows how far `total` pieces of work are: a bar on a terminal, else a line for every tenth. */
export class Progress {
  readonly #total: number;
  readonly #terminal = process.stdout.isTTY === true;
  readonly #startedAt = performance.now();
  #done = 0;
  #drawnAt = 0;
  #tenths = 0;

  constructor(total: number) {
    this.#total = total;
  }

  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  get perSecond(): number {
    return this.#done / Math.max(this.seconds, 0.001);
  }

  /** One more piece is done; `note` is what is true now. */
  step(note: string): void {
    this.#done += 1;
    const finished = this.#done === this.#total;
    if (this.#terminal) {
      const now = performance.now();
      if (now - this.#drawnAt < DRAW_EVERY_MS && !finished) return;
      this.#drawnAt = now;
      const line = this.#line(note);
      // A line that wrapped could not be drawn over.
      const room = (process.stdout.columns || 80) - MARGIN.length - line.length - 3;
      const bar = this.#bar(Math.max(0, Math.min(BAR_WIDTH_MAX, room)));
      process.stdout.write(`\r\x1b[K${MARGIN}${bar}  ${line}${finished ? "\n" : ""}`);
    } else {
      const tenths = Math.floor((this.#done * 10) / this.#total);
      if (tenths === this.#tenths) return;
      this.#tenths = tenths;
      console.log(`${MARGIN}${this.#line(note)}`);
    }
  }

  #line(note: string): string {
    const total = count(this.#total);
    return `${count(this.#done).padStart(total.length)} of ${total}  ${note}  ${count(this.perSecond)} calls/s`;
  }

  #bar(width: number): string {
    const filled = Math.round((this.#done / this.#total) * width);
    return good("█".repeat(filled)) + quiet("░".repeat(width - filled));
  }
}
