import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { BlockReader } from "../../src/dns/block.ts";
import { keyOfText, keyToText } from "../../src/dns/name.ts";
import { serial } from "../../src/dns/serial.ts";
import { type GuardClass, guardFlag } from "../../src/guard/class.ts";
import { storedNameOfGuard } from "../../src/guard/stored-name.ts";
import { blockSubtree, exemptSubtree, flag } from "../../src/indicator/entry/collector.ts";
import type { Facts } from "../../src/indicator/facts/facts.ts";
import { addCounts, type Counts, noCounts } from "../../src/mill/counts.ts";
import { dirtyRanges, type InputChanges } from "../../src/mill/dirty.ts";
import type { ListReader } from "../../src/mill/inputs.ts";
import type { ZonePolicy } from "../../src/mill/policy.ts";
import { buildRange, type RebuildFrom, type RebuildJob, type Rebuilt, rebuildRanges } from "../../src/mill/rebuild.ts";
import { isAddressKey, ownerOfPrefix, type Prefix, parsePrefix } from "../../src/rpz/address.ts";
import { addressTriggers, type RuleTrigger, ruleTriggers } from "../../src/rpz/label.ts";
import { openForWriting } from "../../src/store/database.ts";
import { Zones } from "../../src/store/zones.ts";
import {
  type AnyEntries,
  blocksOf,
  everything,
  policyFor,
  readerOf,
  type Statements,
  statementsOf,
} from "./entries.ts";
import { guardFlagsOf } from "./guard-model.ts";

const root = mkdtempSync(join(tmpdir(), "rpzmill-rebuild-"));
const db = openForWriting(join(root, "rpzmill.db"));
afterAll(() => {
  db.close();
  rmSync(root, { recursive: true, force: true });
});

/** So small that nearly every name begins a block. */
const fill = { first: 90, again: 110, min: 60 };
const label = fc.constantFrom("a", "b", "c");
const domain = fc
  .tuple(fc.array(label, { maxLength: 3 }), fc.constantFrom("x.test", "y.test", "z.test", "test"))
  .map(([labels, base]) => [...labels, base].join("."));
const address = fc
  .constantFrom(
    "192.0.2.0/24",
    "192.0.2.0/26",
    "192.0.2.5",
    "192.0.2.64/26",
    "192.0.2.77",
    "2001:db8::/32",
    "2001:db8::5",
  )
  .map((text) => parsePrefix(text) as Prefix);
/** Plain names and addresses, and those of the other triggers. */
const plainName = fc.oneof(
  { weight: 5, arbitrary: domain },
  { weight: 1, arbitrary: address.map((one) => ownerOfPrefix(one)) },
);
const name = fc.oneof(
  { weight: 3, arbitrary: plainName },
  { weight: 1, arbitrary: domain.map((one) => `${one}.rpz-nsdname`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(address, fc.constantFrom(...addressTriggers))
      .map(([one, trigger]) => ownerOfPrefix(one, trigger)),
  },
);
const isAddress = (listed: string): boolean => isAddressKey(keyOfText(listed));

/** What a zone is made of: sources, an allow list, and guards of the classes below. */
const ids = ["s0", "s1", "a0", "g0", "g1", "g2"] as const;
type Id = (typeof ids)[number];
type Inputs = Readonly<Record<Id, AnyEntries>>;
const classOf: Readonly<Record<"g0" | "g1" | "g2", GuardClass>> = {
  g0: "popular",
  g1: "protected",
  g2: "public-suffix",
};
const isGuard = (id: Id): id is keyof typeof classOf => id in classOf;
const sourceFlags = fc.constantFrom<number>(
  flag.blockSelf,
  blockSubtree,
  blockSubtree,
  exemptSubtree,
  flag.exemptSelf,
  flag.blockUrlHost,
);

function flagsOf(id: Id): fc.Arbitrary<number> {
  if (isGuard(id)) return guardFlagsOf(classOf[id]);
  return id === "a0" ? fc.constantFrom<number>(flag.blockSelf, blockSubtree) : sourceFlags;
}

/** What entries may say beyond what is plain: the zone takes some of them, and does something else with others. */
const profiles: readonly Facts[] = [{ confidence: 10 }, { category: "other" }, { tlp: "red" }, { confidence: 90 }];

/** What an input may say of a name: an address has nothing beneath it. */
const entryOf = (id: Id): fc.Arbitrary<readonly [string, number | Statements]> =>
  fc
    .tuple(isGuard(id) ? plainName : name, statementsOf(id === "s0" || id === "s1" ? profiles.length : 0, flagsOf(id)))
    .map(([listed, said]) => {
      const own = isGuard(id) ? guardFlag.name : flag.blockSelf | flag.exemptSelf;
      if (!isAddress(listed)) return [listed, said];
      return [listed, said.map(([profile, flags]) => [profile, flags & own || own & -own] as const)];
    });
const entriesOf = (id: Id, maxLength: number): fc.Arbitrary<AnyEntries> =>
  fc.array(entryOf(id), { maxLength }).map((entries) => new Map(entries));
const inputs: fc.Arbitrary<Inputs> = fc.record({
  s0: entriesOf("s0", 14),
  s1: entriesOf("s1", 14),
  a0: entriesOf("a0", 3),
  g0: entriesOf("g0", 4),
  g1: entriesOf("g1", 2),
  g2: entriesOf("g2", 3),
});
/** Triggers of a zone: those by default most often. */
const triggerSets = fc.oneof(
  fc.constant(["qname", "response-ip"] as const),
  fc.subarray([...ruleTriggers], { minLength: 1 }),
);
/** How one input changes: names that go, and names that come or say something else. */
interface Change {
  readonly id: Id;
  readonly go: readonly number[];
  readonly come: AnyEntries;
}
const change: fc.Arbitrary<Change> = fc
  .constantFrom(...ids)
  .chain((id) => fc.record({ id: fc.constant(id), go: fc.array(fc.nat(), { maxLength: 3 }), come: entriesOf(id, 3) }));
/** A step of a history changes an input or two. */
const step = fc.array(change, { minLength: 1, maxLength: 2 });

const guards = Object.entries(classOf).map(([id, guardClass]) => ({ id, class: guardClass }));
const plain = policyFor(2, 1, guards, [[], ["g0"]]);
const policy: ZonePolicy = {
  ...plain,
  selection: { ...everything, minConfidence: 50, maxTlp: "amber", byCategory: [["other", 2]] },
  sources: plain.sources.map((source) => ({ ...source, hasCategories: true })),
};
const opening = (lists: Inputs): ListReader =>
  readerOf((id) => blocksOf(lists[id.replace(storedNameOfGuard(""), "") as Id]), profiles);

function changed(lists: Inputs, { id, go, come }: Change): Inputs {
  const next = new Map(lists[id]);
  const listed = [...next.keys()];
  for (const gone of go) next.delete(listed[gone % listed.length] ?? "");
  for (const [fresh, flags] of come) next.set(fresh, flags);
  return { ...lists, [id]: next };
}

/** Of each input, the names of which it says something else than before. */
function changesBetween(before: Inputs, after: Inputs): InputChanges[] {
  return ids.map((id) => {
    const listed = [...before[id].keys(), ...after[id].keys()];
    const said = (lists: Inputs, one: string): string => JSON.stringify(lists[id].get(one) ?? null);
    const names = listed.filter((one) => said(before, one) !== said(after, one));
    return {
      names: blocksOf(new Map(names.map((one) => [one, 0]))),
      of: isGuard(id) ? "guard" : id === "a0" ? "allow" : "source",
    };
  });
}

let zoneNumber = 0;

/** A zone in the store with the counts that its versions would have. */
class Rest {
  readonly zones = new Zones(db);
  readonly zone = this.zones.ensure(`zone-${zoneNumber++}.test`);
  readonly counts: Counts = noCounts();
  readonly policy: ZonePolicy;
  bytes = 0;
  version = 0;

  constructor(triggers: readonly RuleTrigger[]) {
    this.policy = { ...policy, triggers };
  }

  first(lists: Inputs): void {
    this.#publish(buildRange(this.zones, this.#job(lists), { from: undefined, to: undefined }));
  }

  again(lists: Inputs, ranges: RebuildFrom["ranges"]): Rebuilt {
    const none = new Uint8Array(0);
    const apexRrs = { before: none, after: none };
    const from = { previous: this.version, ranges, apexRrs, differenceBytesMax: 1e9 };
    const rebuilt = rebuildRanges(this.zones, this.#job(lists), from);
    this.#publish(rebuilt);
    return rebuilt;
  }

  #job(lists: Inputs): RebuildJob {
    const reader = opening(lists);
    return { zone: this.zone, version: this.zones.begin(this.zone), policy: this.policy, reader, fill };
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

describe("rebuilding a zone", () => {
  it("over the ranges that changes touch gives what rebuilding all of it gives, with the same counts", () => {
    fc.assert(
      fc.property(inputs, triggerSets, fc.array(step, { minLength: 1, maxLength: 4 }), (start, triggers, steps) => {
        let lists = start;
        const rest = new Rest(triggers);
        rest.first(lists);
        for (const changes of steps) {
          const next = changes.reduce(changed, lists);
          const ranges = dirtyRanges(rest.policy, opening(next), changesBetween(lists, next), 1000);
          const before = new Set(rest.records());
          const rebuilt = rest.again(next, ranges ?? []);
          const after = new Set(rest.records());
          expect(rebuilt.added).toBe([...after].filter((line) => !before.has(line)).length);
          expect(rebuilt.removed).toBe([...before].filter((line) => !after.has(line)).length);
          lists = next;
        }
        const whole = new Rest(triggers);
        whole.first(lists);
        expect(rest.records()).toEqual(whole.records());
        expect(rest.counts).toEqual(whole.counts);
      }),
      { numRuns: 400 },
    );
  });

  it("over everything changes nothing where nothing changed", () => {
    fc.assert(
      fc.property(inputs, (lists) => {
        const rest = new Rest(policy.triggers);
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
