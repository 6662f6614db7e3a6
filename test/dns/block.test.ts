import { type Answer, decode } from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareBytes } from "../../src/base/bytes.ts";
import { BlockReader, BlockWriter, blockBytesMax } from "../../src/dns/block.ts";
import { keyOfName, keyToText, nameFromText, nameToText } from "../../src/dns/name.ts";
import { type Action, encodeAction } from "../../src/rpz/action.ts";

const apex = nameFromText("rpz.example");
const actions: readonly Action[] = [
  "nxdomain",
  "nodata",
  "passthru",
  "drop",
  { a: ["192.0.2.1", "192.0.2.2"], aaaa: ["2001:db8::1"], txt: ['why "this" one'] },
  { cname: "*.garden.example.net" },
];
const label = fc.oneof(
  fc.constantFrom("a", "b", "www", "evil", "xn--p1ai"),
  fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom("a", "z", "0", "-", "_", "*", "!") }),
  fc
    .uint8Array({ minLength: 1, maxLength: 6 })
    .map((octets) => nameToText(Uint8Array.from([octets.length, ...octets, 0])).slice(0, -1)),
);
const owner = fc
  .array(label, { minLength: 1, maxLength: 6 })
  .map((labels) => keyOfName(nameFromText(labels.join("."))));
const rule = fc.tuple(owner, fc.constantFrom(...actions));
const rules = fc
  .uniqueArray(rule, { maxLength: 200, selector: ([key]) => Buffer.from(key).toString("hex") })
  .map((list) => list.sort(([a], [b]) => compareBytes(a, b)));

function write(list: readonly [Uint8Array, Action][]): Uint8Array[] {
  const writer = new BlockWriter(apex);
  const blocks: Uint8Array[] = [];
  for (const [key, action] of list) {
    const rrs = encodeAction(action, 300);
    if (!writer.add(key, key.length, rrs)) {
      blocks.push(writer.take());
      expect(writer.add(key, key.length, rrs)).toBe(true);
    }
  }
  if (writer.records > 0) blocks.push(writer.take());
  return blocks;
}

describe("blocks", () => {
  it("read back as they were written", () => {
    fc.assert(
      fc.property(rules, (list) => {
        const reader = new BlockReader(apex);
        const read: [string, string][] = [];
        for (const block of write(list)) {
          reader.open(block);
          while (reader.next()) {
            const hex = Buffer.from(reader.rrs.subarray(0, reader.rrsBytes)).toString("hex");
            read.push([keyToText(reader.key.slice(0, reader.keyBytes)), hex]);
          }
        }
        expect(read).toEqual(
          list.map(([key, action]) => [keyToText(key), Buffer.from(encodeAction(action, 300)).toString("hex")]),
        );
      }),
    );
  });

  it("are DNS messages that another decoder reads alike", () => {
    const list = ["a.evil.test", "evil.test", "*.evil.test", "evil-2.test", "x.example"]
      .flatMap((text) =>
        actions.map((action, i): [Uint8Array, Action] => [keyOfName(nameFromText(`n${i}.${text}`)), action]),
      )
      .sort(([a], [b]) => compareBytes(a, b));
    const [block] = write(list);
    const message = decode(Buffer.from(block as Uint8Array));
    expect(message.flag_qr && message.flag_aa).toBe(true);
    expect(message.questions).toEqual([{ name: "rpz.example", type: "AXFR", class: "IN" }]);
    const owners = [...new Set(message.answers?.map((answer: Answer) => answer.name))];
    expect(owners).toEqual(list.map(([key]) => `${keyToText(key)}.rpz.example`));
    const dropped = message.answers?.filter((answer) => answer.type === "CNAME" && answer.data === "rpz-drop");
    expect(dropped?.length).toBe(5);
  });

  it("stay within the reach of compression pointers, and take about 20 octets a record", () => {
    const list = Array.from(
      { length: 3000 },
      (_, i): Uint8Array => keyOfName(nameFromText(`name${i * 7919}.test`)),
    ).sort(compareBytes);
    const both = list.flatMap((key): [Uint8Array, Action][] => [
      [key, "nxdomain"],
      [Uint8Array.from([...key, 0x2a, 0]), "nxdomain"],
    ]);
    const blocks = write(both);
    expect(Math.max(...blocks.map((block) => block.length))).toBeLessThanOrEqual(blockBytesMax);
    const bytes = blocks.reduce((sum, block) => sum + block.length, 0);
    expect(bytes / both.length).toBeLessThan(20.5);
  });

  it("refuse an RRset that no block can hold, and leave the writer as it was", () => {
    const writer = new BlockWriter(apex);
    const key = keyOfName(nameFromText("big.test"));
    const rrs = encodeAction({ txt: Array.from({ length: 80 }, (_, i) => `${i} ${"x".repeat(240)}`) }, 300);
    expect(() => writer.add(key, key.length, rrs)).toThrow(RangeError);
    expect(writer.records).toBe(0);
  });
});
