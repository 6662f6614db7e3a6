/** A zone that some change puts on hold, and what is served of it. */
import { expect } from "vitest";
import { type Hold, holdOf } from "../../src/mill/hold.ts";
import { Holds } from "../../src/store/holds.ts";
import { Zones } from "../../src/store/zones.ts";
import { apex, BuildFixture, mainText, zoneText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";

export const names = (count: number, tail: string): string[] =>
  Array.from({ length: count }, (_, i) => `n${i}.${tail}`);
export const listOf = (...all: readonly string[]): string => `${all.join("\n")}\n`;
export const limit = "limit: {percent: 50, rules: 10}\n";
export const source = "{id: list, category: one, scope: subtree, format: domains, from: list.txt}";
export const accept = new Set(["list", "other", "own", "guard:ours"]);

export class HoldFixture extends BuildFixture {
  constructor(files: Readonly<Record<string, string>> = {}) {
    super({
      "main.yaml": mainText([source], ["{id: own, from: own.txt}"]),
      "zone.yaml": zoneText(limit),
      "list.txt": listOf(...names(100, "old.example")),
      "own.txt": "unused.example\n",
      ...files,
    });
  }

  async zone(options: Parameters<BuildFixture["build"]>[0] = {}) {
    const { zones } = await this.build({ accept, ...options });
    const faults = this.read(faultsOf);
    if (faults.length > 0) throw new Error(faults.join("; "));
    const [zone] = zones;
    if (zone?.result === undefined) throw zone?.error ?? new Error("There is no zone");
    return zone.result;
  }

  hold(): Hold | undefined {
    return this.read((db) => holdOf(new Holds(db).find(new Zones(db).find(apex) as number)));
  }

  /** The names that have a rule which is no wildcard, in order, each with its action. */
  rules(): string[] {
    return (this.served()?.records ?? []).filter((line) => !line.startsWith("*."));
  }
}

/** The list of the fixture has other names, and its zone is on hold. */
export async function fixtureOnHold(files?: Readonly<Record<string, string>>): Promise<HoldFixture> {
  const fixture = new HoldFixture(files);
  await fixture.zone();
  fixture.write("list.txt", listOf(...names(100, "new.example")));
  const { hold, changed } = await fixture.zone();
  expect(hold?.ruleChanges).toEqual({ added: 100, removed: 100, changed: 0 });
  expect(changed).toBe(false);
  return fixture;
}

export const oldRules = names(100, "old.example").sort();
export const blocked = (all: readonly string[]): string[] => all.map((name) => `${name} CNAME .`);
