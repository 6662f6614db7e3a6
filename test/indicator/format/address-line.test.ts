/** Lines of addresses are read from octets as they are from text. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { Collector } from "../../../src/indicator/entry/collector.ts";
import { createParser } from "../../../src/indicator/format/parser.ts";
import { Rejects } from "../../../src/indicator/rejects.ts";

function read(line: string, role: "block" | "allow"): unknown {
  const collector = new Collector();
  const rejects = new Rejects();
  const parser = createParser({ role, format: "domains" }, collector, rejects);
  parser.write(Buffer.from(line));
  parser.end();
  const entries = Array.from({ length: collector.count }, (_, i) => [
    Buffer.from(collector.keyOf(i)).toString("latin1"),
    collector.flags[i],
  ]);
  return { entries, counts: rejects.counts };
}

it("an address alone in a line is what it is with a blank behind it, which wants the slower way", () => {
  const octet = fc.oneof(fc.nat(260), fc.constantFrom(0, 10, 127, 192, 224, 255));
  fc.assert(
    fc.property(
      fc.array(octet, { minLength: 3, maxLength: 5 }),
      fc.constantFrom("block" as const, "allow" as const),
      fc.constantFrom("\n", "\r\n"),
      (octets, role, end) => {
        const address = octets.join(".");
        expect(read(`${address}${end}`, role)).toEqual(read(`${address} ${end}`, role));
      },
    ),
    { numRuns: 1000 },
  );
});
