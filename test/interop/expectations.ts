/** What interop suites expect of a peer that has to settle first. */
import { expect } from "vitest";
import { transferRules } from "./harness/dig.ts";
import { waitFor } from "./harness/wait.ts";
import type { Peer } from "./peers/peer.ts";
import type { Primary } from "./primaries/primary.ts";
import { observe } from "./verdicts.ts";

/** Expects what a resolver shows for each name, once it has settled. */
export async function expectAnswers(peer: Peer, answers: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, expected] of Object.entries(answers)) {
    // A resolver indexes a change in a moment of its own after it has taken the serial.
    await waitFor(async () => observe(await peer.query(name, "A")) === expected, {
      what: `get "${expected}" for ${name} from ${peer.name}`,
      deadlineMs: 10_000,
    });
  }
}

/** Expects a peer to have the rules that its primary gives, once it has settled; these are `rulesMin` or more. */
export async function expectSameRules(primary: Primary, peer: Peer, rulesMin: number): Promise<void> {
  const { apex } = primary;
  const expected = await transferRules(primary.endpoint, apex, primary.key);
  expect(expected?.length).toBeGreaterThanOrEqual(rulesMin);
  let got: readonly string[] | undefined;
  const settled = async (): Promise<boolean> => {
    got = await peer.rulesOf(apex);
    return got !== undefined && got.length === expected?.length && got.every((line, i) => line === expected[i]);
  };
  // Unbound writes its file, and PowerDNS swaps its tables, after the serial shows. The comparison below tells what is
  // different where they never get there.
  await waitFor(settled, { what: `find the primary's rules in ${peer.name}`, deadlineMs: 5000 }).catch(() => {});
  expect(got).toEqual(expected);
}
