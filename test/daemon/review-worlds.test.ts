/** Random histories of readings, decisions, trust and kills: nothing that waits or was refused is ever in a zone. */
import { cpSync, rmSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { faultsOf } from "../store/consistency.ts";
import { copiesAtEveryWrite } from "../store/every-write.ts";
import { ReviewsFixture } from "./reviews-fixture.ts";

const names = ["a.example", "b.a.example", "c.example"];
const people = ["ann", "ben", "Ann"];
const kinds = ["one", "two"];
type Trust = "automatic" | "trusted" | "untrusted";

type Step =
  | { readonly kind: "list"; readonly name: string; readonly says: string | undefined }
  | { readonly kind: "decide"; readonly name: string; readonly by: string; readonly accepts: boolean }
  | { readonly kind: "trust"; readonly trust: Trust }
  | { readonly kind: "rebuild" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("list" as const),
      name: fc.constantFrom(...names),
      says: fc.constantFrom(...kinds, undefined),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("decide" as const),
      name: fc.constantFrom(...names),
      by: fc.constantFrom(...people),
      // More often than not, so that some come to count.
      accepts: fc.constantFrom(true, true, true, false),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("trust" as const),
      trust: fc.constantFrom<Trust>("trusted", "untrusted", "automatic"),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "rebuild" as const }) },
);

/** What is decided, in the plainest way: all decisions of a name on what it says. */
class Model {
  readonly says = new Map<string, string>(names.map((name) => [name, "one"]));
  readonly decisions: { name: string; says: string; by: string; accepts: boolean }[] = [];
  trust: Trust = "untrusted";

  #accepts(name: string): { count: number; isRefused: boolean; people: Set<string> } {
    const now = this.says.get(name);
    let people = new Set<string>();
    let isRefused = false;
    for (const { name: of, says, by, accepts } of this.decisions) {
      if (of !== name || says !== now) continue;
      if (accepts) people.add(by.toLowerCase());
      else [people, isRefused] = [new Set(), true];
    }
    return { count: people.size, isRefused, people };
  }

  outcome(name: string): "counts" | "refused" | "waits" | "gone" {
    if (!this.says.has(name)) return "gone";
    if (this.trust !== "untrusted") return "counts";
    const { count, isRefused } = this.#accepts(name);
    return count >= 2 ? "counts" : isRefused && count === 0 ? "refused" : "waits";
  }

  decide(name: string, by: string, accepts: boolean): void {
    if (this.trust !== "untrusted") return;
    const before = this.outcome(name);
    if (before === "gone" || (accepts && before === "counts") || (!accepts && before === "refused")) return;
    if (accepts && this.#accepts(name).people.has(by.toLowerCase())) return;
    this.decisions.push({ name, says: this.says.get(name) as string, by, accepts });
  }

  blocked(): string[] {
    const counting = names.filter((name) => this.outcome(name) === "counts");
    return [...counting, "other.example"].sort();
  }

  rows(): string[] {
    return names.flatMap((name, i) => (this.says.has(name) ? [`${i},${name},${this.says.get(name)},`] : []));
  }
}

test("what waits or was refused is in no zone, whatever is read, decided and killed, and what was accepted is", {
  timeout: 240_000,
}, async () => {
  const seen = { counts: 0, refused: 0, waits: 0, killed: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 10 }),
      fc.nat(),
      fc.nat(),
      async (steps, killedStep, killedAt) => {
        const model = new Model();
        const fixture = new ReviewsFixture(model.rows());
        await fixture.build();
        const take = async (one: Step): Promise<void> => {
          if (one.kind === "decide") {
            await fixture.command(`review ${one.accepts ? "accept" : "reject"} ${one.name} --by ${one.by} --reason r`);
          } else await fixture.build({ full: one.kind === "rebuild" });
        };
        for (const [i, one] of steps.entries()) {
          if (one.kind === "list") {
            if (one.says === undefined) model.says.delete(one.name);
            else model.says.set(one.name, one.says);
            // An empty list is no list.
            if (model.says.size === 0) model.says.set(one.name, "one");
            fixture.list(model.rows());
          } else if (one.kind === "trust") {
            model.trust = one.trust;
            fixture.write("main.yaml", ReviewsFixture.main(one.trust));
          } else if (one.kind === "decide") model.decide(one.name, one.by, one.accepts);
          if (i === killedStep % steps.length) {
            const { nowMs } = fixture;
            const copies = await copiesAtEveryWrite(fixture, () => take(one));
            const copy = copies[killedAt % Math.max(1, copies.length)];
            if (copy !== undefined) {
              rmSync(fixture.path("var"), { recursive: true });
              cpSync(copy.folder, fixture.path("var"), { recursive: true });
              fixture.nowMs = nowMs;
              seen.killed += 1;
            }
            await take(one);
            await fixture.build();
          } else await take(one);
          const expected = model.blocked();
          // A parent's rule is for the name alone.
          expect(fixture.blocked().sort(), JSON.stringify(one)).toEqual(expected);
          for (const name of names) {
            const outcome = model.outcome(name);
            if (outcome !== "gone") seen[outcome] += 1;
          }
        }
        expect(fixture.read(faultsOf)).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(3);
});
