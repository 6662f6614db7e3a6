/** A folder of configuration files for one test. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** Writes the files, by their paths inside a new folder that goes when the test ends, and returns the folder. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "rpzmill-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** The smallest main file, with one source and one zone, and more lines of the caller's. */
export function mainWith(more = ""): string {
  return `version: 1\nsources:\n  - {id: phish, from: phish.txt, category: phishing}\nzones: [zone.yaml]\n${more}`;
}

/** The smallest zone, with more lines of the caller's. */
export function zoneWith(more = ""): string {
  return `version: 1\napex: phishing.rpz.example\ntake: {sources: [phish]}\naction: nxdomain\n${more}`;
}
