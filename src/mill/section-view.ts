/**
 * Allow lists in the sections of other triggers: what must not be blocked as a name or as an address in an answer must not
 * be as a name server's either, nor an address as a client's. A view shows the entries of one section as those of another,
 * block by block as they are asked for, so that the merge walks them like any list.
 */
import { compareBytes, startsWith } from "../base/bytes.ts";
import { endOfSubtree } from "../dns/name.ts";
import {
  EntryBlockList,
  type EntryBlocks,
  EntryBlockWriter,
  EntryCursor,
  firstKeyOf,
} from "../indicator/entry/block.ts";
import { entryKeyBytesMax } from "../indicator/entry/collector.ts";
import { isAddressTrigger, type RuleTrigger } from "../rpz/label.ts";
import { restOfKey, sectionKey, triggerOfKey } from "../rpz/section.ts";
import type { ListReader } from "./inputs.ts";

/** Triggers whose rules plain entries of an allow list stop besides those that they are of themselves. */
export function plainTriggerFor(trigger: RuleTrigger): "qname" | "response-ip" | undefined {
  if (trigger === "qname" || trigger === "response-ip") return undefined;
  return isAddressTrigger(trigger) ? "response-ip" : "qname";
}

/** All that an allow list says in a zone that takes these triggers: the list itself, then what it says of other sections. */
export function openAllow(
  { open }: Pick<ListReader, "open">,
  id: string,
  triggers: readonly RuleTrigger[],
): EntryBlocks[] {
  const views = triggers.flatMap((trigger) => {
    const from = plainTriggerFor(trigger);
    return from === undefined ? [] : [new SectionView(open(id), from, trigger)];
  });
  return [open(id), ...views];
}

export class SectionView implements EntryBlocks {
  readonly #blocks: EntryBlocks;
  readonly #from: RuleTrigger;
  readonly #fromKey: Uint8Array;
  readonly #fromEnd: Uint8Array;
  readonly #toKey: Uint8Array;
  readonly #toEnd: Uint8Array;
  /** The block shown last, and what it was made of: who asks for it again gets the same. */
  #shown: Uint8Array | undefined;
  #shownOf: Uint8Array | undefined;

  constructor(blocks: EntryBlocks, from: RuleTrigger, to: RuleTrigger) {
    this.#blocks = blocks;
    this.#from = from;
    this.#fromKey = sectionKey(from);
    this.#fromEnd = endOfSubtree(this.#fromKey) ?? pastAll;
    this.#toKey = sectionKey(to);
    this.#toEnd = endOfSubtree(this.#toKey) as Uint8Array;
  }

  at(key: Uint8Array): Uint8Array | undefined {
    if (startsWith(key, this.#toKey)) return this.#show(this.#blocks.at(this.#inSource(key)));
    return compareBytes(key, this.#toEnd) < 0 ? this.first() : this.#show(this.#blocks.at(this.#fromEnd));
  }

  first(): Uint8Array | undefined {
    return this.#show(this.#fromKey.length === 0 ? this.#blocks.first() : this.#blocks.at(this.#fromKey));
  }

  next(): Uint8Array | undefined {
    return this.#show(this.#blocks.next());
  }

  #inSource(key: Uint8Array): Uint8Array {
    const source = new Uint8Array(this.#fromKey.length + key.length - this.#toKey.length);
    source.set(this.#fromKey);
    source.set(key.subarray(this.#toKey.length), this.#fromKey.length);
    return source;
  }

  /** A block of the source as one of the section; where it has nothing of it, the next one that has. */
  #show(first: Uint8Array | undefined): Uint8Array | undefined {
    for (let block = first; block !== undefined; block = this.#blocks.next()) {
      if (block === this.#shownOf) return this.#shown;
      if (compareBytes(firstKeyOf(block), this.#fromEnd) >= 0) return undefined;
      const shown = this.#convert(block);
      if (shown === undefined) continue;
      this.#shownOf = block;
      this.#shown = shown;
      return shown;
    }
    return undefined;
  }

  #convert(block: Uint8Array): Uint8Array | undefined {
    let shown: Uint8Array | undefined;
    // What is left out makes the others no larger than both were.
    const writer = new EntryBlockWriter(({ bytes }) => (shown = bytes), block.length + entryKeyBytesMax);
    const cursor = new EntryCursor(new EntryBlockList([{ firstKey: firstKeyOf(block), entries: 0, bytes: block }]));
    const key = new Uint8Array(2 * entryKeyBytesMax);
    key.set(this.#toKey);
    for (cursor.rewind(); cursor.live; cursor.advance()) {
      if (triggerOfKey(cursor.key, cursor.keyBytes) !== this.#from) continue;
      const rest = restOfKey(this.#from, cursor.key, cursor.keyBytes);
      const keyBytes = this.#toKey.length + rest.length;
      // No rule of the section has so long a name.
      if (keyBytes > entryKeyBytesMax) continue;
      key.set(rest, this.#toKey.length);
      writer.add(key, 0, keyBytes, cursor.flags, cursor.firstSeen, cursor.profile);
    }
    writer.flush();
    return shown;
  }
}

/** Sorts behind every key. */
const pastAll = Uint8Array.of(0xff);
