/** A stand with one list, for what may become of a list. */
import type { BuildOutcome } from "../../src/daemon/build.ts";
import { buildFailed, reportOf } from "../../src/daemon/build-report.ts";
import { BuildFixture, mainText } from "./fixture.ts";

/** Names, one a line. */
export const names = (count: number, first = 0): string =>
  Array.from({ length: count }, (_, i) => `n${first + i}.example\n`).join("");

/** Two names. */
export const good = "one.example\ntwo.example\n";

/** A stand with one list, which is read as `list` says (`format: domains` where it says nothing). */
export function fixtureWith(
  content: string | Uint8Array | undefined,
  list = "format: domains, from: list.txt",
): BuildFixture {
  return new BuildFixture({
    "main.yaml": mainText([`{id: list, category: one, scope: subtree, ${list}}`]),
    ...(content === undefined ? {} : { [/from: ([^,]+)/.exec(list)?.[1] ?? "list.txt"]: content }),
  });
}

/** Whether the outcome gives exit code 1. */
export function fails(outcome: BuildOutcome, fixture: BuildFixture): boolean {
  return buildFailed(reportOf(outcome, fixture.config()));
}
