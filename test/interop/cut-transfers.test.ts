/**
 * BIND must never lose its policy for good, wherever and however a full zone breaks off, and whatever becomes of the server
 * meanwhile. `npm run cuts` tries it at random, as often as asked.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { CutLab, type Round } from "./cuts/lab.ts";
import type { Cut } from "./cuts/relay.ts";
import { havePrograms } from "./harness/programs.ts";

/** Breaks the difference off, so that BIND asks for the full zone at once. */
const difference = { afterOctets: 40_000, how: "reset" } as const;

/** Breaks the full zone off that repairs; differences have fewer octets than it lets pass. */
const repair = (how: Cut["how"]): Cut => ({ afterOctets: 300_000, how });

/** The rounds of one lab; `names` as it needs. */
function describeRounds(
  title: string,
  options: { readonly names: number; readonly isOwnProcess: boolean },
  rounds: readonly (Round & { readonly title: string })[],
): void {
  describe.skipIf(!havePrograms("named"))(title, () => {
    let lab: CutLab;
    beforeAll(async () => {
      lab = await CutLab.start(options);
    });
    afterAll(() => lab?.stop());

    test.each(rounds)("$title", { timeout: 120_000 }, async (round) => {
      let wasLost = 0;
      const healedAfterMs = await lab.run({
        ...round,
        onLost: async () => {
          wasLost += 1;
        },
      });
      expect(wasLost).toBe(1);
      expect(healedAfterMs).toBeDefined();
    });
  });
}

describeRounds("BIND has every rule again after", { names: 8000, isOwnProcess: false }, [
  { title: "a full zone that is reset", cuts: [difference, { afterOctets: 100_000, how: "reset" }] },
  { title: "a FIN by a middlebox", cuts: [difference, { afterOctets: 100_000, how: "fin" }] },
  {
    title: "a path that dies after the last octet was handed over, twice",
    cuts: [difference, { afterOctets: 100_000, how: "swallow" }, repair("swallow")],
  },
  {
    title: "a full zone that is reset, of a version that is not the newest when BIND comes back",
    cuts: [difference, { afterOctets: 100_000, how: "reset" }],
    publishesMeanwhile: true,
  },
  {
    title: "a path that dies after the last octet of such a version",
    cuts: [difference, { afterOctets: 100_000, how: "swallow" }],
    publishesMeanwhile: true,
  },
]);

// More than the kernels' buffers take, so that the server is in the middle of it when it ends.
describeRounds(
  "BIND has every rule again, from a zone of 300,000 rules, after",
  { names: 150_000, isOwnProcess: true },
  [
    {
      title: "the server is killed during a full zone, and during the one that repairs it",
      cuts: [difference, { afterOctets: 100_000, how: "pause" }, repair("pause")],
      end: "kill",
    },
    {
      title: "the server is killed during a full zone, and comes back with a newer version",
      cuts: [difference, { afterOctets: 100_000, how: "pause" }],
      end: "kill",
      publishesMeanwhile: true,
    },
  ],
);

describeRounds("BIND has every rule again, from such a zone, after", { names: 150_000, isOwnProcess: false }, [
  {
    title: "the time that a stop leaves to transfers is over",
    cuts: [difference, { afterOctets: 100_000, how: "pause" }],
    end: "drain-limit",
  },
]);

describe.skipIf(!havePrograms("named"))("BIND has the whole of its first version after", () => {
  test("the server is killed during the transfer that brings it, and during the next one", {
    timeout: 120_000,
  }, async () => {
    const firstCuts = [1_000_000, 2_000_000].map((afterOctets) => ({ afterOctets, how: "pause" as const }));
    const lab = await CutLab.start({ names: 150_000, isOwnProcess: true, firstCuts });
    onTestFinished(() => lab.stop());
    await lab.hasFirst();
    // Differences are enough from then on.
    expect(await lab.run({ cuts: [] })).toBeDefined();
  });
});
