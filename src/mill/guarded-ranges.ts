/**
 * Ranges of addresses that are guarded as a whole. A list's `first-last` comes as the prefixes that cover it, each marked
 * as a part. One guarded address in it spoils the range, as one that no rule may be for does where the list is read: who
 * wrote the line did not know what is there, and the rest around the guarded address is not better known.
 */
import type { Judgement } from "../guard/guarded-names.ts";
import type { Prefix } from "../rpz/address.ts";
import { type AddressSpan, spanOfPrefix, spanToText } from "../rpz/range.ts";
import { PrefixTable } from "./prefix-table.ts";

/** A range that a guard stops. */
interface StoppedRange {
  readonly span: AddressSpan;
  readonly stop: Judgement;
}

export class GuardedRanges {
  /** In the order of addresses, apart from one another: no more of them than guarded prefixes. */
  readonly #stopped: readonly StoppedRange[];

  /** `parts` are those of one source; ranges that touch or overlap are one. */
  constructor(parts: Iterable<{ readonly prefix: Prefix }>, judge: (part: Prefix) => Judgement | undefined) {
    const table = new PrefixTable();
    for (const { prefix } of parts) table.add(prefix, 0);
    const stopped: StoppedRange[] = [];
    let open: { span: AddressSpan; stop: Judgement | undefined } | undefined;
    const close = (): void => {
      if (open?.stop === undefined) return;
      const { span, stop } = open;
      stopped.push({ span, stop: { ...stop, range: spanToText(span) } });
    };
    for (const part of table.prefixes()) {
      const span = spanOfPrefix(part);
      if (open === undefined || open.span.octets !== span.octets || span.first > open.span.last + 1n) {
        close();
        open = { span, stop: undefined };
      } else if (span.last > open.span.last) open.span = { ...open.span, last: span.last };
      open.stop ??= judge(part);
    }
    close();
    this.#stopped = stopped;
  }

  /** What stops a rule for a prefix inside such a range; undefined where it is in none. */
  find(prefix: Prefix): Judgement | undefined {
    if (this.#stopped.length === 0) return undefined;
    const { octets, first, last } = spanOfPrefix(prefix);
    const isAfter = ({ span }: StoppedRange): boolean =>
      span.octets === octets ? span.first > first : span.octets > octets;
    let low = 0;
    let high = this.#stopped.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isAfter(this.#stopped[middle] as StoppedRange)) high = middle;
      else low = middle + 1;
    }
    const found = this.#stopped[low - 1];
    return found !== undefined && found.span.octets === octets && last <= found.span.last ? found.stop : undefined;
  }
}
