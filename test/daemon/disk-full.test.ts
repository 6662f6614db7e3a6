import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Database } from "../../src/store/database.ts";
import { openForReading } from "../../src/store/database.ts";
import { apex, BuildFixture, mainText, type ServedZone, servedZone, zoneText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";

const sizeBytes = 24 * 1024 * 1024;

function mount(folder: string): void {
  execFileSync("/bin/mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "none", folder], { stdio: "pipe" });
}

function unmount(folder: string): void {
  execFileSync("/bin/umount", ["-l", folder], { stdio: "pipe" });
}

/** Whether this user may mount; says so where not, since then nothing here is tested. */
function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "rpzmill-mount-"));
  try {
    mount(folder);
    unmount(folder);
    return true;
  } catch (error) {
    console.warn(`The full disk is NOT TESTED: a small file system cannot be mounted here: ${String(error)}`);
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const names = (count: number, tail: string): string =>
  Array.from({ length: count }, (_, i) => `name-${i}.${tail}\n`).join("");

/** A stand whose state folder is a disk of its own, and small. */
class SmallDisk extends BuildFixture {
  readonly disk = this.path("var");

  constructor() {
    super({
      "main.yaml": mainText([
        "{id: list, category: one, scope: subtree, format: domains, from: list.txt, guard: {percent: 1000}}",
      ]),
      "zone.yaml": zoneText("file: true\nkeep: {versions: 1, seconds: 1}\n"),
      "list.txt": names(10_000, "old.example"),
    });
    mkdirSync(this.disk);
    mount(this.disk);
    onTestFinished(() => unmount(this.disk));
  }

  /** Takes all of the disk but so many octets. */
  leave(octets: number): void {
    const { bavail, bsize } = statfsSync(this.disk);
    writeFileSync(join(this.disk, "ballast"), Buffer.alloc(Math.max(0, bavail * bsize - octets)));
  }

  freeSpace(): void {
    rmSync(join(this.disk, "ballast"), { force: true });
  }

  zoneFile(): string {
    return readFileSync(join(this.disk, "zones", `${apex}.zone`), "latin1");
  }
}

/** The records that a zone of so many names has. */
const recordsOf = (count: number, tail: string): string[] =>
  Array.from({ length: count }, (_, i) => [`name-${i}.${tail} CNAME .`, `*.name-${i}.${tail} CNAME .`])
    .flat()
    .sort();

test.runIf(mayMount())(
  "a disk that is full, however early, leaves what is served as it was until there is room",
  {
    timeout: 120_000,
  },
  async () => {
    const fixture = new SmallDisk();
    await fixture.build();
    // A server has the store open all the while.
    const db = openForReading(join(fixture.disk, "rpzmill.db")) as Database;
    onTestFinished(() => void db.close());
    const records = { old: recordsOf(10_000, "old.example"), new: recordsOf(10_000, "new.example") };
    const codes: unknown[] = [];
    let side: "old" | "new" = "old";
    const kib = 1024;
    for (const module of [0, 32, 100, 200, 400, 700, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 5000, 6000]) {
      // Old versions go, so that it is not they that fill the disk.
      fixture.nowMs += 86_400_000;
      const before = servedZone(db, apex) as ServedZone;
      const file = fixture.zoneFile();
      expect(before.records, `${module} KiB`).toEqual(records[side]);
      side = side === "old" ? "new" : "old";
      fixture.write("list.txt", names(10_000, `${side}.example`));

      fixture.leave(module * kib);
      const failure = await fixture.build().then(
        () => undefined,
        (error: unknown) => error,
      );
      const left = servedZone(db, apex) as ServedZone;
      const isOld = left.row.serial === before.row.serial;
      expect(left.records, `${module} KiB`).toEqual(isOld ? before.records : records[side]);
      expect(isOld ? [file] : [file, fixture.zoneFile()], `${module} KiB`).toContain(fixture.zoneFile());
      if (failure !== undefined) {
        expect(failure, `${module} KiB`).toMatchObject({
          code: "STORE_UNUSABLE",
          message: expect.stringMatching(/^Cannot \w+ ".*": .*(?:full|ENOSPC|unable to open|I\/O)/),
          remedy: expect.stringContaining("free space"),
        });
      }
      codes.push(failure === undefined ? "built" : isOld ? "failed" : "published");

      fixture.freeSpace();
      const { zones } = await fixture.build();
      expect(zones[0]?.error).toBeUndefined();
      const repaired = servedZone(db, apex) as ServedZone;
      expect(repaired.records, `${module} KiB`).toEqual(records[side]);
      expect(repaired.row.serial, `${module} KiB`).toBeGreaterThan(before.row.serial);
      expect(fixture.zoneFile()).toContain(` ${repaired.row.serial} `);
      expect(fixture.read(faultsOf), `${module} KiB`).toEqual([]);
    }
    expect(codes[0]).toBe("failed");
    expect(codes).toContain("built");
  },
);
