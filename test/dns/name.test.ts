import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareBytes, startsWith } from "../../src/base/bytes.ts";
import {
  endOfSubtree,
  keyOfName,
  keyOfText,
  keyToText,
  labelEnds,
  NameError,
  nameFromText,
  nameOfKey,
  nameToText,
  wireBytesOfKey,
} from "../../src/dns/name.ts";

const label = fc.uint8Array({ minLength: 1, maxLength: 20 });
const wireName = fc
  .array(label, { maxLength: 8 })
  .map((labels) => Uint8Array.from([...labels.flatMap((octets) => [octets.length, ...octets]), 0]));

/** Canonical order by its definition (RFC 4034 6.1): label by label from the root, in lower case, as octet strings. */
function canonicalOrder(a: Uint8Array, b: Uint8Array): number {
  const labels = (wire: Uint8Array): Buffer[] => {
    const list: Buffer[] = [];
    for (let at = 0; wire[at] !== 0; at += (wire[at] as number) + 1) {
      list.unshift(
        Buffer.from(
          wire
            .slice(at + 1, at + 1 + (wire[at] as number))
            .map((octet) => (octet >= 65 && octet <= 90 ? octet + 32 : octet)),
        ),
      );
    }
    return list;
  };
  const [left, right] = [labels(a), labels(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = Buffer.compare(left[i] as Buffer, right[i] as Buffer);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

describe("names", () => {
  it("go through text and back, every octet", () => {
    fc.assert(
      fc.property(wireName, (wire) => {
        expect(nameFromText(nameToText(wire))).toEqual(wire);
      }),
    );
  });

  it("go through keys and back, in lower case", () => {
    fc.assert(
      fc.property(wireName, (wire) => {
        const lower = nameOfKey(keyOfName(wire));
        expect(lower.length).toBe(wire.length);
        expect(nameOfKey(keyOfName(lower))).toEqual(lower);
        expect(wireBytesOfKey(keyOfName(wire))).toBe(wire.length - 1);
      }),
    );
  });

  it("have keys in the canonical order of RFC 4034 6.1", () => {
    fc.assert(
      fc.property(wireName, wireName, (a, b) => {
        expect(Math.sign(compareBytes(keyOfName(a), keyOfName(b)))).toBe(Math.sign(canonicalOrder(a, b)));
      }),
      { numRuns: 2000 },
    );
    // The RFC's own example.
    const ordered = [
      "example",
      "a.example",
      "yljkjljk.a.example",
      "Z.a.example",
      "zABC.a.EXAMPLE",
      "z.example",
      "\\001.z.example",
      "*.z.example",
      "\\200.z.example",
    ];
    expect([...ordered].reverse().sort((a, b) => compareBytes(keyOfText(a), keyOfText(b)))).toEqual(ordered);
  });

  it("have keys that start the keys of all names beneath, and of no other", () => {
    fc.assert(
      fc.property(wireName, wireName, (a, b) => {
        const beneath = keyOfName(Uint8Array.from([...b.slice(0, -1), ...a]));
        const key = keyOfName(a);
        expect(startsWith(beneath, key)).toBe(true);
        const end = endOfSubtree(key);
        if (end !== undefined) expect(compareBytes(beneath, end)).toBeLessThan(0);
        expect(labelEnds(key).length).toBe(labelEnds(keyOfName(nameOfKey(key))).length);
      }),
    );
  });

  it("gives the end of a subtree and leaves the key as it is, a Buffer too", () => {
    const key = Buffer.from("rpz-ip\0", "latin1");
    expect(endOfSubtree(key)).toEqual(Uint8Array.from(Buffer.from("rpz-ip\x01", "latin1")));
    expect(key.toString("latin1")).toBe("rpz-ip\0");
  });

  it.each([
    ["", "empty-name"],
    ["a..b", "empty-label"],
    [".a", "empty-label"],
    ["a".repeat(64), "label-too-long"],
    [`${"a.".repeat(127)}a`, "name-too-long"],
    ["a\\", "bad-escape"],
    ["a\\256", "bad-escape"],
    ["b\u00fccher.example", "not-ascii"],
  ])("refuse %j as %s", (text, fault) => {
    expect(() => nameFromText(text)).toThrow(NameError);
    try {
      nameFromText(text);
    } catch (error) {
      expect((error as NameError).fault).toBe(fault);
    }
  });

  it("take the longest name and the longest label there are", () => {
    expect(nameFromText(`${"a.".repeat(126)}a`).length).toBe(255);
    expect(nameFromText("a".repeat(63)).length).toBe(65);
    expect(keyToText(keyOfText("A.Example."))).toBe("a.example");
  });
});
