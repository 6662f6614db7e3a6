/** A fixture whose state folder is a disk of its own, and small. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { apex, BuildFixture, mainText, zoneText } from "../feed/fixture.ts";

const defaultBytes = 40 * 1024 * 1024;

function mount(folder: string, sizeBytes = defaultBytes): void {
  execFileSync("/bin/mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "none", folder], { stdio: "pipe" });
}

function unmount(folder: string): void {
  execFileSync("/bin/umount", ["-l", folder], { stdio: "pipe" });
}

/** Whether this user may mount; says so where not, since then nothing here is tested. */
export function mayMount(): boolean {
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

export const names = (count: number, tail: string): string =>
  Array.from({ length: count }, (_, i) => `name-${i}.${tail}\n`).join("");

/** A small disk at a folder, until the test ends. */
export class SmallVolume {
  readonly #folder: string;

  constructor(folder: string, sizeBytes?: number) {
    this.#folder = folder;
    mkdirSync(folder);
    mount(folder, sizeBytes);
    onTestFinished(() => unmount(folder));
  }

  /** Takes all of the disk but so many octets. */
  leave(octets: number): void {
    const { bavail, bsize } = statfsSync(this.#folder);
    writeFileSync(join(this.#folder, "ballast"), Buffer.alloc(Math.max(0, bavail * bsize - octets)));
  }

  freeSpace(): void {
    rmSync(join(this.#folder, "ballast"), { force: true });
  }
}

export class SmallDisk extends BuildFixture {
  readonly disk = this.path("var");
  readonly #volume: SmallVolume;

  constructor(sizeBytes?: number, files: Readonly<Record<string, string>> = {}) {
    super({
      "main.yaml": mainText([
        "{id: list, category: one, scope: subtree, format: domains, from: list.txt, limit: {percent: 1000}}",
      ]),
      "zone.yaml": zoneText("file: true\nkeep: {versions: 1, seconds: 1}\nlimit: {percent: 1000}\n"),
      "list.txt": names(10_000, "old.example"),
      ...files,
    });
    this.#volume = new SmallVolume(this.disk, sizeBytes);
  }

  leave(octets: number): void {
    this.#volume.leave(octets);
  }

  freeSpace(): void {
    this.#volume.freeSpace();
  }

  zoneFile(): string {
    return readFileSync(join(this.disk, "zones", `${apex}.zone`), "latin1");
  }
}
