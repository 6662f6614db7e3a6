import fc from "fast-check";
import { expect, test } from "vitest";
import { nameFromText } from "../../src/dns/name.ts";
import type { Rr } from "../../src/dns/rr.ts";
import { readRecords } from "../../src/xfr/record-reader.ts";
import { RecordWriter, transferQuestion } from "../../src/xfr/record-writer.ts";
import { decode } from "./client.ts";
import { a, cname, soaOf, txt } from "./memory-zone.ts";

const apex = nameFromText("rpz.example");
const label = fc.constantFrom("a", "b", "bad", "*", "example", "rpz", "WWW", "xn--bcher-kva", "a".repeat(63));
const name = fc.array(label, { maxLength: 3 }).map((labels) => [...labels, "rpz", "example"].join("."));
const mx = (target: string): Rr => ({
  type: 15,
  ttl: 1,
  rdata: Buffer.concat([Buffer.of(0, 5), nameFromText(target)]),
});
const rdata: fc.Arbitrary<Rr> = fc.oneof(
  name.map((target) => cname(target)),
  name.map(mx),
  fc.constant(cname(".")),
  fc.nat(255).map((octet) => a(192, 0, 2, octet)),
  fc.string({ maxLength: 600 }).map(txt),
  fc.nat().map((serial) => soaOf(serial).soa),
);

test("what was written is read back, in order, whatever was compressed", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, rdata), { maxLength: 40 }), (records) => {
      const writer = new RecordWriter(transferQuestion(apex), 65_535);
      for (const [owner, record] of records) expect(writer.add("answer", nameFromText(owner), record)).toBe(true);
      const message = writer.take();
      const plain = (record: { owner: Uint8Array } & Rr): unknown[] => [
        Buffer.from(record.owner).toString("hex"),
        record.type,
        record.ttl,
        Buffer.from(record.rdata).toString("hex"),
      ];
      expect(readRecords(message).map(plain)).toEqual(
        records.map(([owner, record]) => plain({ owner: nameFromText(owner), ...record })),
      );
      // An independent reader finds it well-formed as well.
      expect(decode(Buffer.from(message)).answers).toHaveLength(records.length);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("a record that does not fit leaves nothing behind", () => {
  const module = 12 + apex.length + 4 + 40;
  const writer = new RecordWriter(transferQuestion(apex), module);
  const owner = nameFromText("long-label-of-a-name.rpz.example");
  expect(writer.add("answer", owner, txt("much too long for it"))).toBe(false);
  expect(writer.records).toBe(0);
  expect(writer.add("answer", nameFromText("b.long-label-of-a-name.rpz.example"), cname("."))).toBe(true);
  expect(decode(Buffer.from(writer.take())).answers).toEqual(["b.long-label-of-a-name.rpz.example 300 CNAME ."]);
});

test("octets above ASCII keep their case in a question and are not taken for each other", () => {
  const question = Buffer.concat([Buffer.of(1, 0xc0), nameFromText("rpz.example"), Buffer.of(0, 1, 0, 1)]);
  const writer = new RecordWriter(question, 512);
  const other = Buffer.concat([Buffer.of(1, 0xe0), nameFromText("rpz.example")]);
  expect(writer.add("answer", other, cname("."))).toBe(true);
  const [record] = readRecords(writer.take());
  expect(record?.owner).toEqual(new Uint8Array(other));
});

test("the writer starts over after each message", () => {
  const writer = new RecordWriter(transferQuestion(apex), 512);
  for (let i = 0; i < 3; i++) {
    writer.add("answer", nameFromText("x.y.rpz.example"), cname("target.example.net"));
    writer.add("authority", apex, soaOf(1).soa);
    const message = decode(Buffer.from(writer.take()));
    expect(message.answers).toEqual(["x.y.rpz.example 300 CNAME target.example.net"]);
    expect(message.authorities).toEqual(["rpz.example SOA 1"]);
  }
});
