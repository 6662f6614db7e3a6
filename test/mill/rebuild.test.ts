import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { BlockReader } from "../../src/dns/block.ts";
import { keyToText } from "../../src/dns/name.ts";
import { serial } from "../../src/dns/serial.ts";
import { blockSubtree, exemptSubtree, flag } from "../../src/indicator/entry/collector.ts";
import { dirtyRanges } from "../../src/mill/dirty.ts";
import type { OpenEntries } from "../../src/mill/inputs.ts";
import { buildRange, type RebuildJob, type Rebuilt, rebuildRanges } from "../../src/mill/rebuild.ts";
import { addCounts, type Counts, noCounts } from "../../src/store/counts.ts";
import { openForWriting } from "../../src/store/database.ts";
import { Zones } from "../../src/store/zones.ts";
import { blocksOf, type Entries, policyFor } from "./entries.ts";

const root = mkdtempSync(join(tmpdir(), "rpzmill-rebuild-"));
const db = openForWriting(join(root, "rpzmill.db"));
afterAll(() => {
  db.close();
  rmSync(root, { recursive: true, force: true });
});

/** So small that nearly every name begins a block. */
const fill = { first: 90, again: 110, min: 60 };
const label = fc.constantFrom("a", "b", "c");
const name = fc
  .tuple(fc.array(label, { maxLength: 3 }), fc.constantFrom("x.test", "y.test", "z.test"))
  .map(([labels, base]) => [...labels, base].join("."));
const flags = fc.constantFrom<number>(flag.blockSelf, blockSubtree, blockSubtree, exemptSubtree, flag.exemptSelf);
const source = fc.array(fc.tuple(name, flags), { maxLength: 14 });
const allowList = fc.array(fc.tuple(name, fc.constantFrom<number>(flag.blockSelf, blockSubtree)), { maxLength: 3 });
const inputs = fc.record({ s0: source, s1: source, a0: allowList });
type Inputs = Readonly<Record<"s0" | "s1" | "a0", Entries>>;
/** How one input changes: names that go, and names that come or say something else. */
const change = fc.record({
  input: fc.constantFrom("s0" as const, "s1" as const, "a0" as const),
  go: fc.array(fc.nat(), { maxLength: 3 }),
  come: fc.array(fc.tuple(name, flags), { maxLength: 3 }),
});

const policy = policyFor(2, 1);
const opening =
  (lists: Inputs): OpenEntries =>
  (id) =>
    blocksOf(lists[id as keyof Inputs]);

function changed(
  lists: Inputs,
  { input, go, come }: { input: keyof Inputs; go: number[]; come: [string, number][] },
): Inputs {
  const next = new Map(lists[input]);
  const listed = [...next.keys()];
  for (const gone of go) next.delete(listed[gone % listed.length] ?? "");
  for (const [fresh, bits] of come) next.set(fresh, input === "a0" ? bits & blockSubtree || flag.blockSelf : bits);
  return { ...lists, [input]: next };
}

/** The names of which two inputs say different things. */
function namesChanged(before: Inputs, after: Inputs): Map<string, number> {
  const names = new Map<string, number>();
  for (const id of ["s0", "s1", "a0"] as const) {
    for (const listed of [...before[id].keys(), ...after[id].keys()]) {
      if (before[id].get(listed) !== after[id].get(listed)) names.set(listed, 0);
    }
  }
  return names;
}

let zoneNumber = 0;

/** A zone in the store with the counts that its versions would have. */
class Rest {
  readonly zones = new Zones(db);
  readonly zone = this.zones.ensure(`zone-${zoneNumber++}.test`);
  readonly counts: Counts = noCounts();
  bytes = 0;
  version = 0;

  first(lists: Inputs): void {
    this.#publish(buildRange(this.zones, this.#job(lists), { from: undefined, to: undefined }));
  }

  again(lists: Inputs, ranges: Parameters<typeof rebuildRanges>[3]): Rebuilt {
    const none = new Uint8Array(0);
    const rebuilt = rebuildRanges(
      this.zones,
      this.#job(lists),
      this.version,
      ranges,
      { before: none, after: none },
      1e9,
    );
    this.#publish(rebuilt);
    return rebuilt;
  }

  #job(lists: Inputs): RebuildJob {
    return { zone: this.zone, version: this.zones.begin(this.zone), policy, open: opening(lists), fill };
  }

  #publish(rebuilt: Rebuilt): void {
    this.version += 1;
    addCounts(this.counts, rebuilt.counts);
    this.bytes += rebuilt.bytes;
    const { added, removed, blocksWritten, differenceBytes } = rebuilt;
    const { rules, records } = this.counts;
    this.zones.publish(
      {
        zone: this.zone,
        version: this.version,
        serial: serial(this.version),
        publishedAt: 0,
        policy: "",
        inputs: {},
        apexRrs: new Uint8Array(0),
        bytes: this.bytes,
        counts: this.counts,
        rules,
        records,
        added,
        removed,
        blocksWritten,
        differenceBytes,
      },
      rebuilt.retired,
      rebuilt.recounted,
    );
  }

  /** Owners with their records, as they stand in the blocks. */
  records(): string[] {
    const reader = new BlockReader(policy.apex);
    const lines: string[] = [];
    for (const { message } of this.zones.blockRows(this.zone, this.version)) {
      if (message === undefined) continue;
      reader.open(this.zones.message(message));
      while (reader.next()) {
        const owner = keyToText(reader.key.slice(0, reader.keyBytes));
        lines.push(`${owner} ${Buffer.from(reader.rrs.slice(0, reader.rrsBytes)).toString("hex")}`);
      }
    }
    return lines;
  }
}

type Lists = Readonly<Record<keyof Inputs, readonly [string, number][]>>;

function asInputs({ s0, s1, a0 }: Lists): Inputs {
  return { s0: new Map(s0), s1: new Map(s1), a0: new Map(a0) };
}

describe("rebuilding a zone", () => {
  it("over the ranges that changes touch gives what rebuilding all of it gives, with the same counts", () => {
    fc.assert(
      fc.property(inputs, fc.array(change, { minLength: 1, maxLength: 4 }), (start, changes) => {
        let lists = asInputs(start);
        const rest = new Rest();
        rest.first(lists);
        for (const step of changes) {
          const next = changed(lists, step);
          const ranges = dirtyRanges(
            policy,
            opening(next),
            [{ names: blocksOf(namesChanged(lists, next)), ofGuard: false }],
            1000,
          );
          const before = new Set(rest.records());
          const rebuilt = rest.again(next, ranges ?? []);
          const after = new Set(rest.records());
          expect(rebuilt.added).toBe([...after].filter((line) => !before.has(line)).length);
          expect(rebuilt.removed).toBe([...before].filter((line) => !after.has(line)).length);
          lists = next;
        }
        const whole = new Rest();
        whole.first(lists);
        expect(rest.records()).toEqual(whole.records());
        expect(rest.counts).toEqual(whole.counts);
      }),
      { numRuns: 300 },
    );
  });

  it("over everything changes nothing where nothing changed", () => {
    fc.assert(
      fc.property(inputs, (start) => {
        const lists = asInputs(start);
        const rest = new Rest();
        rest.first(lists);
        const before = rest.records();
        const rebuilt = rest.again(lists, [{ from: undefined, to: undefined }]);
        expect(rest.records()).toEqual(before);
        expect([rebuilt.added, rebuilt.removed]).toEqual([0, 0]);
      }),
      { numRuns: 100 },
    );
  });
});
