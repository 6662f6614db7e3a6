/**
 * Records of a table out of its lines, where a quoted cell may go on over several. A quote that nobody closes costs the
 * line it stands on and no other: the lines after it are then read on their own.
 */
import { lineBytesMax, trimOctets } from "./line-parser.ts";

const separators = [",", ";", "\t", "|"] as const;
export type Separator = (typeof separators)[number];

/** The separator that a line has most often outside quotes; a comma where it has none. */
export function guessSeparator(line: string): Separator {
  const bare = line.replace(/"[^"]*"/g, "");
  let best: Separator = ",";
  let most = 0;
  for (const separator of separators) {
    const count = bare.split(separator).length - 1;
    if (count > most) [best, most] = [separator, count];
  }
  return best;
}

/** The separator that a line such as `sep=;` states for those after it; undefined for any other line. */
export function separatorLine(line: string): Separator | undefined {
  const stated = /^"?sep=(.)"?$/i.exec(line)?.[1];
  return separators.find((separator) => separator === stated);
}

export interface CsvTaker {
  /** A record: its cells without blanks around, the line it starts on, and its text. */
  record(cells: readonly string[], line: number, text: string): void;
  /** A line whose quotes do not fit. */
  broken(line: number, text: string): void;
}

type State = "cell-start" | "bare" | "quoted" | "after-quote";

export class CsvRecords {
  readonly #separator: Separator;
  readonly #taker: CsvTaker;
  #state: State = "cell-start";
  #cells: string[] = [];
  #cell = "";
  /** The lines of the record so far. */
  #lines: string[] = [];
  #firstLine = 0;
  #octets = 0;

  constructor(separator: Separator, taker: CsvTaker) {
    this.#separator = separator;
    this.#taker = taker;
  }

  /** Whether a record waits for its closing quote. */
  get isOpen(): boolean {
    return this.#lines.length > 0;
  }

  /** Takes a line, one character per octet; `number` is its number. */
  push(line: string, number: number): void {
    if (!this.isOpen && line.length <= lineBytesMax && !line.includes('"')) {
      this.#taker.record(line.split(this.#separator).map(trimOctets), number, line);
      return;
    }
    // A stack instead of recursion: giving up on a record reads its other lines once more.
    const waiting = [{ line, number }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const again = this.#pushLine(next.line, next.number);
      for (let i = again.length - 1; i >= 0; i--) waiting.push(again[i] as { line: string; number: number });
    }
  }

  end(): void {
    while (this.isOpen) {
      const again = this.#giveUp();
      for (const { line, number } of again) this.push(line, number);
    }
  }

  /** Reads one line and returns those to read again. */
  #pushLine(line: string, number: number): { line: string; number: number }[] {
    if (this.#lines.length === 0) this.#firstLine = number;
    else this.#cell += "\n";
    this.#lines.push(line);
    this.#octets += line.length + 1;
    if (!this.#scan(line) || this.#octets > lineBytesMax + 1) return this.#giveUp();
    if (this.#state !== "quoted") {
      this.#endCell();
      const cells = this.#cells;
      const text = this.#lines.join("\n");
      this.#reset();
      this.#taker.record(cells, this.#firstLine, text);
    }
    return [];
  }

  #giveUp(): { line: string; number: number }[] {
    const [broken = "", ...others] = this.#lines;
    const first = this.#firstLine;
    this.#reset();
    this.#taker.broken(first, broken);
    return others.map((line, i) => ({ line, number: first + 1 + i }));
  }

  #reset(): void {
    this.#state = "cell-start";
    this.#cells = [];
    this.#cell = "";
    this.#lines = [];
    this.#octets = 0;
  }

  #endCell(): void {
    this.#cells.push(trimOctets(this.#cell));
    this.#cell = "";
    this.#state = "cell-start";
  }

  /** Goes over a line; false where something follows a closing quote. */
  #scan(line: string): boolean {
    for (let i = 0; i < line.length; i++) {
      const character = line.charAt(i);
      if (this.#state === "quoted") {
        const quote = line.indexOf('"', i);
        this.#cell += line.slice(i, quote === -1 ? undefined : quote);
        if (quote === -1) return true;
        if (line.charAt(quote + 1) === '"') this.#cell += '"';
        else this.#state = "after-quote";
        i = line.charAt(quote + 1) === '"' ? quote + 1 : quote;
      } else if (character === this.#separator) {
        this.#endCell();
      } else if (this.#state === "after-quote") {
        if (character !== " " && character !== "\t") return false;
      } else if (character === '"' && this.#state === "cell-start") {
        this.#cell = "";
        this.#state = "quoted";
      } else if (this.#state === "bare" || (character !== " " && character !== "\t")) {
        const end = line.indexOf(this.#separator, i);
        this.#cell += line.slice(i, end === -1 ? undefined : end);
        this.#state = "bare";
        i = (end === -1 ? line.length : end) - 1;
      }
    }
    return true;
  }
}
