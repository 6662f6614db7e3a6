import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { compareBytes } from "../../../src/base/bytes.ts";
import { keyOfText, nameFromText, nameToText } from "../../../src/dns/name.ts";
import { RunFiles } from "../../../src/feed/transfer/run-files.ts";
import { writeChanged, writeWhole } from "../../../src/feed/transfer/zone-copy.ts";
import type { RecordSink } from "../../../src/transfer/answer.ts";
import { Changes } from "../../../src/transfer/changes.ts";
import { OwnerReader } from "../../../src/transfer/owner-reader.ts";

const apex = "vendor.rpz.example";

interface Change {
  readonly isDeletion: boolean;
  readonly owner: string;
  readonly rest: string;
}

/** Gives these records, so many a message. */
function answering(changes: readonly Change[], size = 3) {
  const reader = new OwnerReader(nameFromText(apex));
  let at = 0;
  return {
    next: (sink: RecordSink): Promise<boolean> => {
      for (const { isDeletion, owner, rest } of changes.slice(at, at + size)) {
        const octets = Buffer.concat([Buffer.alloc(12), nameFromText(`${owner}.${apex}`)]);
        reader.startMessage();
        reader.read(octets, 12);
        sink.take(isDeletion, reader, 60, Buffer.from(rest));
      }
      at += size;
      return Promise.resolve(at < changes.length);
    },
  };
}

const lineOf = ({ owner, rest }: Change): string => `${nameToText(nameFromText(owner)).slice(0, -1)} 60 ${rest}`;

function sorted(changes: readonly Change[]): string[] {
  return changes
    .toSorted((a, b) => compareBytes(keyOfText(a.owner), keyOfText(b.owner)) || (a.rest < b.rest ? -1 : 1))
    .map(lineOf);
}

const added = fc.record({
  isDeletion: fc.constant(false),
  owner: fc
    .array(fc.constantFrom("a", "b", "ab", "a-b", "*", "\\000", "\\001x", "x\\.y", "z z", "k"), {
      minLength: 1,
      maxLength: 4,
    })
    .map((labels) => labels.join(".")),
  rest: fc.constantFrom("CNAME .", "CNAME rpz-drop.", "A 192.0.2.1"),
});
const zone = fc.uniqueArray(added, { selector: ({ owner, rest }) => `${owner} ${rest}`, maxLength: 60 });

test("a copy is sorted and has the changes, however little of them is kept in memory", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rpzmill-copy-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const task = { file: join(folder, "a.list"), apex, expandedBytesMax: 1_000_000 };
  const records = () => readFileSync(task.file, "utf8").trimEnd().split("\n").slice(1);
  await fc.assert(
    fc.asyncProperty(zone, zone, fc.integer({ min: 20, max: 2000 }), async (first, second, keptBytes) => {
      const runs = new RunFiles(task.file);
      const whole = await writeWhole(task, answering([...first, ...first.slice(0, 5)]), new Changes(keptBytes), runs);
      runs.discard();
      await whole.keep();
      expect(records()).toEqual(sorted(first));
      const isIn = (list: readonly Change[], one: Change) => list.some((other) => lineOf(other) === lineOf(one));
      const gone = first.filter((one) => !isIn(second, one)).map((one) => ({ ...one, isDeletion: true }));
      const come = second.filter((one) => !isIn(first, one));
      const between = { isDeletion: false, owner: "between", rest: "CNAME ." };
      const changes = [between, ...gone, { ...between, isDeletion: true }, ...come];
      const changed = await writeChanged(task, answering(changes), new Changes(keptBytes), runs);
      runs.discard();
      await changed.keep();
      expect(records()).toEqual(sorted(second));
      expect(readdirSync(folder)).toEqual(["a.list"]);
    }),
    { numRuns: 300 },
  );
});
