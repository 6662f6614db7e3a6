/** A list's entries of one trigger shown as those of another, however they lie in blocks. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareBytes } from "../../src/base/bytes.ts";
import { keyOfText } from "../../src/dns/name.ts";
import { type EntryBlock, EntryBlockList, EntryBlockWriter, EntryCursor } from "../../src/indicator/entry/block.ts";
import { entryKeyBytesMax } from "../../src/indicator/entry/collector.ts";
import { SectionView } from "../../src/mill/section-view.ts";
import { addressKey, type Prefix, parsePrefix } from "../../src/rpz/address.ts";
import { addressTriggers, type RuleTrigger } from "../../src/rpz/label.ts";
import { keyInSection, restOfKey, triggerOfKey } from "../../src/rpz/section.ts";

const label = fc.constantFrom("a", "b", "rpz", "rpz-ip", "z");
/** Some of their top labels sort before those of triggers, some behind. */
const plain = fc
  .tuple(fc.array(label, { maxLength: 2 }), fc.constantFrom("a.example", "b.ru", "c.rpz", "d.test", "e.zone"))
  .map(([labels, base]) => keyOfText([...labels, base].join(".")));
const prefix = fc
  .tuple(fc.constantFrom("192.0.2.0", "198.51.100.0", "2001:db8::"), fc.integer({ min: 20, max: 32 }))
  .map(([address, length]) => parsePrefix(`${address}/${length}`) as Prefix);
const anyKey = fc.oneof(
  { weight: 3, arbitrary: plain },
  { weight: 1, arbitrary: plain.map((key) => keyInSection("nsdname", key)) },
  {
    weight: 2,
    arbitrary: fc.tuple(prefix, fc.constantFrom(...addressTriggers)).map(([one, of]) => addressKey(one, of)),
  },
);

interface Entry {
  readonly key: Uint8Array;
  readonly profile: number;
  readonly flags: number;
  readonly firstSeen: number;
}

const entries = fc
  .array(fc.record({ key: anyKey, profile: fc.nat(2), flags: fc.integer({ min: 1, max: 31 }), firstSeen: fc.nat(3) }), {
    maxLength: 40,
  })
  .map((all) => {
    const distinct = new Map(all.map((entry) => [`${Buffer.from(entry.key).toString("hex")} ${entry.profile}`, entry]));
    return [...distinct.values()].sort((a, b) => compareBytes(a.key, b.key) || a.profile - b.profile);
  });

function blocksOf(list: readonly Entry[], fill: number): EntryBlockList {
  const blocks: EntryBlock[] = [];
  const writer = new EntryBlockWriter((block) => blocks.push(block), fill);
  for (const { key, profile, flags, firstSeen } of list) writer.add(key, 0, key.length, flags, firstSeen, profile);
  writer.flush();
  return new EntryBlockList(blocks);
}

const read = ({ key, keyBytes, profile, flags, firstSeen }: EntryCursor): Entry => ({
  key: key.slice(0, keyBytes),
  profile,
  flags,
  firstSeen,
});

const moves = fc.constantFrom<readonly [RuleTrigger, RuleTrigger]>(
  ["qname", "nsdname"],
  ["response-ip", "nsip"],
  ["response-ip", "client-ip"],
);

describe("a view of a section", () => {
  it("has the entries of the other one, wherever blocks end and wherever a cursor goes", () => {
    fc.assert(
      fc.property(
        entries,
        fc.integer({ min: 1, max: 200 }),
        moves,
        fc.array(anyKey, { maxLength: 8 }),
        (all, fill, [from, to], targets) => {
          const shown = all
            .filter(({ key }) => triggerOfKey(key) === from)
            .map((entry) => ({ ...entry, key: keyInSection(to, restOfKey(from, entry.key)) }));
          const cursor = new EntryCursor(new SectionView(blocksOf(all, fill), from, to));
          const walked: Entry[] = [];
          for (cursor.rewind(); cursor.live; cursor.advance()) walked.push(read(cursor));
          expect(walked).toEqual(shown);
          const inside = targets.flatMap((target) => [
            target,
            keyInSection(to, restOfKey(triggerOfKey(target), target)),
          ]);
          for (const target of inside) {
            cursor.seek(target);
            const rest: Entry[] = [];
            for (let left = 3; cursor.live && left > 0; left--, cursor.advance()) rest.push(read(cursor));
            const behind = shown.filter(({ key }) => compareBytes(key, target) >= 0);
            expect(rest).toEqual(behind.slice(0, 3));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("leaves out names that no rule of the section could have", () => {
    const long = keyOfText(`${"a.".repeat(121)}example`);
    expect(long.length).toBeLessThanOrEqual(entryKeyBytesMax);
    const list = [long, keyOfText("b.example")].map((key) => ({ key, profile: 0, flags: 1, firstSeen: 0 }));
    const cursor = new EntryCursor(
      new SectionView(
        blocksOf(
          list.sort((a, b) => compareBytes(a.key, b.key)),
          10,
        ),
        "qname",
        "nsdname",
      ),
    );
    cursor.rewind();
    expect(Buffer.from(cursor.key.slice(0, cursor.keyBytes)).toString("latin1")).toBe("rpz-nsdname\0example\0b\0");
    cursor.advance();
    expect(cursor.live).toBe(false);
  });
});
