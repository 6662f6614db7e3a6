import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OperatorError } from "../../src/base/errors.ts";
import { keyOfName, labelEnds, nameOfKey, wireBytesOfKey } from "../../src/dns/name.ts";
import { Collector, entryKeyBytesMax } from "../../src/indicator/entry/collector.ts";
import { detectFormat } from "../../src/indicator/format/detect.ts";
import { readFormats } from "../../src/indicator/format/format.ts";
import { lineBytesMax } from "../../src/indicator/format/line-parser.ts";
import { createParser, type ParseOptions } from "../../src/indicator/format/parser.ts";
import { Rejects } from "../../src/indicator/rejects.ts";
import { isAddressKey, prefixFault, prefixOfKey } from "../../src/rpz/address.ts";
import { addressTriggers, isTriggerLabel, nameTriggers } from "../../src/rpz/label.ts";
import { restOfKey, triggerOfKey } from "../../src/rpz/section.ts";
import { collect, keysOf, parse } from "./parse.ts";

const options = fc.record({
  format: fc.constantFrom(...readFormats),
  scope: fc.constantFrom(undefined, "exact" as const, "subtree" as const),
  role: fc.constantFrom("block" as const, "allow" as const),
  column: fc.constantFrom(undefined, "domain", 1, 2),
  path: fc.constantFrom(undefined, "deny", "a.b"),
  triggers: fc.option(
    fc.record({ names: fc.constantFrom(...nameTriggers), addresses: fc.constantFrom(...addressTriggers) }),
    { nil: undefined },
  ),
  fields: fc.constantFrom(undefined, undefined, { trigger: "kind" }, { trigger: 2 }),
});

/** Pieces of lists of every format, so that their syntax is hit and broken. */
const piece = fc.oneof(
  fc.constantFrom(
    "\n",
    "\n",
    "\n",
    "\r\n",
    " ",
    "\t",
    ".",
    ",",
    ";",
    "/",
    "#",
    "!",
    "*.",
    '"',
    "|",
    "||",
    "^",
    "@@",
    "@@||",
    "+.",
    "-",
    "#",
    "$",
    "(",
    ")",
  ),
  fc.constantFrom(
    "0.0.0.0 ",
    "127.0.0.1\t",
    "::1 ",
    "192.0.2.1",
    "192.0.2.0/24",
    "10.0.0.0/8",
    "2001:db8::1",
    "[.]",
    "hxxp://",
    "http://",
    "\\",
  ),
  fc.constantFrom(
    "address=/",
    "server=/",
    "local-zone: ",
    'local-data: "',
    "redirect",
    " static",
    "$ORIGIN ",
    "@ SOA ",
    " CNAME .",
    " A 0.0.0.0",
  ),
  fc.constantFrom(
    "rpz-ip",
    "32.1.2.0.192.rpz-ip",
    "8.0.0.0.10.rpz-client-ip",
    "32.1.2.0.192.rpz-nsip",
    ".rpz-nsdname",
    "domain,kind\n",
    ",nsdname\n",
    ",client-ip\n",
    ",nsip\n",
    "rpz-passthru.",
    "$badfilter",
    "$important",
    "$denyallow=a.evil.example",
    "server:",
    "view:",
    "/192.0.2.7",
    "!#if x\n",
    "!#endif\n",
    "domain,",
    "legitimate",
  ),
  fc.constantFrom(
    "evil.example",
    "bad.example",
    "com",
    "xn--",
    "xn--p1ai",
    "bücher",
    "\uFEFF",
    "\u200b",
    "a".repeat(63),
    "b.".repeat(120),
  ),
  fc.constantFrom("{", "}", "[", "]", ":", '{"deny":', '"a":', '"evil.example"', "\\u00", "null"),
  fc.string({ maxLength: 8 }),
  fc.stringMatching(/^[a-z0-9_.-]{0,20}$/),
);
const list = fc.oneof(
  fc.array(piece, { maxLength: 60 }).map((pieces) => new Uint8Array(Buffer.from(pieces.join(""), "utf8"))),
  fc.uint8Array({ maxLength: 400 }),
);

describe("whatever a list holds", () => {
  it("no parser throws, and every key is that of a name or prefix that a zone may hold", () => {
    fc.assert(
      fc.property(options, list, (chosen, bytes) => {
        const { collector } = collect(chosen, bytes);
        for (const [entry, key] of keysOf(collector).entries()) {
          expect(key.length).toBeLessThanOrEqual(entryKeyBytesMax);
          expect(Buffer.from(keyOfName(nameOfKey(key)))).toEqual(Buffer.from(key));
          expect(wireBytesOfKey(key) + 1).toBeLessThanOrEqual(255);
          expect(labelEnds(key).length).toBeGreaterThan(1);
          expect(collector.flags[entry]).toBeGreaterThan(0);
          expect(collector.flags[entry]).toBeLessThan(32);
          if (isAddressKey(key)) {
            // Exceptions may be as wide as they like.
            if (chosen.role === "block") {
              expect(prefixFault(prefixOfKey(key) as never, triggerOfKey(key) as never)).toBeUndefined();
            }
          } else expectName(Buffer.from(restOfKey(triggerOfKey(key), key)).toString("latin1"));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("it says the same wherever its chunks are cut", () => {
    fc.assert(
      fc.property(options, list, fc.array(fc.nat(400), { maxLength: 12 }), (chosen, bytes, cuts) => {
        expect(parse(chosen, bytes, cuts)).toEqual(parse(chosen, bytes));
      }),
      { numRuns: 1500 },
    );
  });

  it("it says the same octet by octet", () => {
    fc.assert(
      fc.property(options, list, (chosen, bytes) => {
        const cuts = Array.from(bytes, (_, i) => i);
        expect(parse(chosen, bytes, cuts)).toEqual(parse(chosen, bytes));
      }),
      { numRuns: 300 },
    );
  });

  it("names and hosts may be read in parts that are cut at line feeds", () => {
    fc.assert(
      fc.property(fc.constantFrom("domains" as const, "hosts" as const), list, fc.nat(400), (format, bytes, near) => {
        const cut = bytes.indexOf(0x0a, near) + 1;
        const [first, second] = [parse({ format }, bytes.slice(0, cut)), parse({ format }, bytes.slice(cut))];
        const whole = parse({ format }, bytes);
        expect([...first.entries, ...second.entries]).toEqual(whole.entries);
        expect(first.lines + second.lines).toBe(whole.lines);
      }),
    );
  });

  it("telling its format ends in a format or a refusal", () => {
    fc.assert(
      fc.property(list, (bytes) => {
        try {
          expect(readFormats).toContain(detectFormat(bytes).format);
        } catch (error) {
          expect(error).toBeInstanceOf(OperatorError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("an allow list gives no exceptions, and the scope exact nothing beneath", () => {
    fc.assert(
      fc.property(options, list, (chosen, bytes) => {
        const allowed = parse({ ...chosen, role: "allow" }, bytes).entries.join(" ");
        expect(allowed).not.toMatch(/(?:^| )-/);
        const exact = parse({ ...chosen, scope: "exact" }, bytes).entries.join(" ");
        expect(exact).not.toMatch(/\+\*/);
      }),
    );
  });
});

function expectName(key: string): void {
  const labels = key.slice(0, -1).split("\0");
  expect(labels[0]).not.toMatch(/^(?:\d+|0x[0-9a-f]*)$/);
  expect(isTriggerLabel(labels[0] ?? "")).toBe(false);
  for (const label of labels) expect(label).toMatch(/^[a-z0-9_-]{1,63}$/);
}

describe("the hot path and the careful one", () => {
  it("read plain names alike", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,30}(?:\.[a-z]{2,3})?$/);
    fc.assert(
      // A blank in front makes the hot path step back, and changes nothing else.
      fc.property(fc.constantFrom("", "*.", "."), name, (mark, text) => {
        expect(parse({ format: "domains" }, ` ${mark}${text}\n`)).toEqual(
          parse({ format: "domains" }, `${mark}${text}\n`),
        );
        expect(parse({ format: "hosts" }, ` 0.0.0.0 ${text}\n`)).toEqual(
          parse({ format: "hosts" }, `0.0.0.0 ${text}\n`),
        );
        expect(parse({ format: "adblock" }, ` ||${text}^\n`)).toEqual(parse({ format: "adblock" }, `||${text}^\n`));
        expect(parse({ format: "dnsmasq" }, ` address=/${text}/\n`)).toEqual(
          parse({ format: "dnsmasq" }, `address=/${text}/\n`),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a line without an end", () => {
  // Of MISP events a line is no measure: `misp.test.ts` has the same of their units.
  it.each(readFormats.filter((format) => format !== "misp"))(
    "is one reject of a %s list, and takes no memory",
    (format) => {
      const rejects = new Rejects();
      const parser = createParser({ format, role: "block" } satisfies ParseOptions, new Collector(), rejects);
      const chunk = new Uint8Array(1 << 20).fill(0x61);
      const around: Readonly<Record<string, readonly [start: string, end: string]>> = {
        json: ['["', '"]'],
        stix: ['{"type":"indicator","id":"indicator--1","pattern":"', '"}'],
      };
      const [start, end] = around[format] ?? ["", "\n"];
      parser.write(new Uint8Array(Buffer.from(start)));
      const before = process.memoryUsage().arrayBuffers;
      for (let i = 0; i < 256; i++) parser.write(chunk);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * lineBytesMax);
      parser.write(new Uint8Array(Buffer.from(end)));
      parser.end();
      expect(rejects.total).toBe(1);
      expect(rejects.counts["line-too-long"]).toBe(1);
    },
  );
});
