/** How a copy is gathered and merged, whatever comes in which order and however much of it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { StixCopy } from "../../../src/feed/taxii/stix-copy.ts";
import type { JsonObject } from "../../../src/indicator/format/json-objects.ts";
import { uuid } from "../../indicator/format/stix-objects.ts";

interface Version {
  readonly n: number;
  readonly second: number;
  readonly revoked: boolean;
}

const objectOf = ({ n, second, revoked }: Version): JsonObject =>
  new Map<string, string | boolean>([
    ["type", "indicator"],
    ["id", `indicator--${uuid(n)}`],
    ["modified", `2026-01-01T00:00:0${second}Z`],
    ["pattern", `[domain-name:value = 'v${second}${revoked}.example']`],
    ...(revoked ? ([["revoked", true]] as const) : []),
  ]);

/** What must be left: of each id the newest version, of the same time one that is revoked. */
function expected(versions: readonly Version[]): string[] {
  const byId = new Map<number, Version>();
  for (const one of versions) {
    const known = byId.get(one.n);
    const isOlder =
      known !== undefined &&
      (known.second > one.second || (known.second === one.second && known.revoked && !one.revoked));
    if (!isOlder) byId.set(one.n, one);
  }
  return [...byId.values()].sort((a, b) => a.n - b.n).map((one) => `${one.n} ${one.second} ${one.revoked}`);
}

function linesIn(file: string): string[] {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const value = JSON.parse(line) as { id: string; modified: string; revoked?: boolean };
    return `${Number(value.id.slice(-12))} ${value.modified.slice(18, 19)} ${value.revoked === true}`;
  });
}

const version = fc.record({ n: fc.nat(8), second: fc.nat(3), revoked: fc.boolean() });

test("the newest version of each is left, whichever fetch and whichever part of it brought it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rpzmill-copy-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "0123456789abcdef.list");
  const parts = fc.array(fc.array(version, { maxLength: 12 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.array(parts, { minLength: 1, maxLength: 3 }), async (fetches) => {
      for (const [i, fetch] of fetches.entries()) {
        // Each part is more than fits.
        const copy = new StixCopy(file, 1_000_000, 0);
        for (const part of fetch) {
          for (const one of part) copy.add(objectOf(one), { isCut: false });
          await copy.spill();
        }
        const written = await copy.write(i > 0);
        await written.keep();
        copy.discard();
      }
      expect(linesIn(file)).toEqual(expected(fetches.flat(2)));
      expect(readdirSync(folder)).toEqual(["0123456789abcdef.list"]);
    }),
    { numRuns: 60 },
  );
});

test("a copy that is too large is refused", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rpzmill-copy-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const copy = new StixCopy(join(folder, "0123456789abcdef.list"), 100);
  copy.add(objectOf({ n: 1, second: 1, revoked: false }), { isCut: false });
  await expect(copy.write(false)).rejects.toThrow(/more than 100 octets/);
});
