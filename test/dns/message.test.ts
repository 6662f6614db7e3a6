import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  lowerName,
  MessageError,
  type NameRead,
  readHeader,
  readName,
  readQuestion,
  readRecord,
  readSections,
} from "../../src/dns/message.ts";
import { nameFromText, nameToText } from "../../src/dns/name.ts";

const headerOf = (...counts: number[]): Buffer => {
  const header = Buffer.alloc(12);
  counts.forEach((count, i) => void header.writeUInt16BE(count, 4 + 2 * i));
  return header;
};
const bytes = (...parts: (Uint8Array | number[])[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(part)));

describe("readName", () => {
  test("follows a pointer and says where the name ended", () => {
    const message = bytes(headerOf(), nameFromText("Example.com"), [3, 0x77, 0x77, 0x77, 0xc0, 12]);
    const { wire, end } = readName(message, 25);
    expect(nameToText(wire)).toBe("www.Example.com.");
    expect(end).toBe(31);
  });

  test.each([
    ["a pointer to itself", [0xc0, 12]],
    ["two pointers in a ring", [0xc0, 14, 0xc0, 12]],
    ["a label before a pointer back to it", [1, 0x61, 0xc0, 12]],
    ["a pointer forward", [0xc0, 20, 0, 0, 0, 0, 0, 0, 0]],
    ["a pointer into the header", [0xc0, 4]],
    ["a pointer cut in half", [0xc0]],
    ["a label type of 0x40", [0x41, 0x61, 0]],
    ["a label type of 0x80", [0x81, 0x61, 0]],
    ["a label that is cut", [5, 0x61, 0x62]],
    ["no root", [1, 0x61]],
    ["nothing", []],
  ])("refuses %s", (_what, octets) => {
    expect(() => readName(bytes(headerOf(), octets), 12)).toThrow(MessageError);
  });

  test("takes 255 octets and refuses 256", () => {
    const label = (length: number): number[] => [length, ...new Array<number>(length).fill(0x61)];
    const most = [...label(63), ...label(63), ...label(63), ...label(61), 0];
    expect(readName(bytes(headerOf(), most), 12).wire).toHaveLength(255);
    const over = [...label(63), ...label(63), ...label(63), ...label(62), 0];
    expect(() => readName(bytes(headerOf(), over), 12)).toThrow("255");
  });

  test("refuses a ladder of pointers that is longer than any name", () => {
    const ladder = [0];
    const rungs = 200;
    for (let i = 0; i < rungs; i++) {
      const target = i === 0 ? 12 : 13 + 2 * (i - 1);
      ladder.push(0xc0 | (target >> 8), target & 0xff);
    }
    const message = bytes(headerOf(), ladder);
    expect(readName(message, 13 + 2 * 100).wire).toEqual(Uint8Array.of(0));
    expect(() => readName(message, 13 + 2 * (rungs - 1))).toThrow("too many");
  });

  test("ends on any octets, with a name or a MessageError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (octets, at) => {
        let read: NameRead = { wire: Uint8Array.of(0), end: 0 };
        try {
          read = readName(octets, at);
        } catch (thrown) {
          if (!(thrown instanceof MessageError)) throw thrown;
        }
        return read.wire.length <= 255 && read.end <= octets.length;
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

describe("a message", () => {
  const question = bytes(nameFromText("RPZ.example"), [0, 6, 0, 1]);
  const record = bytes([0xc0, 12, 0, 1, 0, 1, 0x80, 0, 0, 1, 0, 4, 192, 0, 2, 1]);

  test("is header, question and the places of its records", () => {
    const message = bytes(headerOf(1, 0, 1, 1), question, record, record);
    const header = readHeader(message);
    expect(header).toMatchObject({ questions: 1, authorities: 1, additionals: 1, opcode: 0, isResponse: false });
    if (header === undefined) return;
    const read = readQuestion(message, header);
    expect(nameToText(read.name)).toBe("RPZ.example.");
    expect(nameToText(read.lowerName)).toBe("rpz.example.");
    expect([read.type, read.class]).toEqual([6, 1]);
    const { answers, authorities, additionals } = readSections(message, header, read);
    expect(answers).toEqual([]);
    expect(authorities).toMatchObject([{ type: 1, class: 1, ttl: 0x80000001, start: 29 }]);
    expect(additionals[0]?.end).toBe(message.length);
  });

  test.each([
    ["counts that promise more", headerOf(1, 0, 2, 1)],
    ["counts that promise 65,535", headerOf(1, 65535, 65535, 65535)],
    ["octets left over", headerOf(1, 0, 1, 0)],
  ])("with %s is refused", (_what, head) => {
    const message = bytes(head, question, record, record);
    const header = readHeader(message);
    if (header === undefined) throw new Error("no header");
    expect(() => readSections(message, header, readQuestion(message, header))).toThrow(MessageError);
  });

  test.each([0, 2, 65535])("with %i questions is refused", (count) => {
    const message = bytes(headerOf(count), question);
    const header = readHeader(message);
    if (header === undefined) throw new Error("no header");
    expect(() => readQuestion(message, header)).toThrow(MessageError);
  });

  test("shorter than a header is none", () => {
    for (let length = 0; length < 12; length++) expect(readHeader(new Uint8Array(length))).toBeUndefined();
    expect(readHeader(new Uint8Array(12))).toBeDefined();
  });

  test("a record whose RDATA goes past the end is refused", () => {
    expect(() => readRecord(bytes(headerOf(), [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4]), 12)).toThrow(
      MessageError,
    );
  });
});

test("lowering a name leaves the request as it came, also where it is a Buffer", () => {
  const name = Buffer.from(nameFromText("BAD.Example"));
  expect(nameToText(lowerName(name))).toBe("bad.example.");
  expect(nameToText(name)).toBe("BAD.Example.");
});
