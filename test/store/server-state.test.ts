import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { serial } from "../../src/dns/serial.ts";
import { readServed, ServerState } from "../../src/store/server-state.ts";

const apex = "rpz.example.";
const client = { address: "192.0.2.1", key: "" };
const sent = { serial: serial(7), isComplete: false };
const daySeconds = 24 * 3600;

/** A folder with a file's name in it, and states on it that are closed when the test ends. */
class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "rpzmill-state-"));
  readonly file = join(this.path, "var/server.db");
  readonly lines: string[] = [];
  nowSeconds = 1_700_000_000;

  constructor() {
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }));
  }

  open(file = this.file): ServerState {
    const line = (_: unknown, message: string): void => void this.lines.push(message);
    const clock = { nowMs: () => this.nowSeconds * 1000 };
    const state = new ServerState(file, clock, { info: line, warn: line, error: line });
    onTestFinished(() => {
      try {
        state.close();
      } catch {
        // Closed by the test.
      }
    });
    return state;
  }
}

/** Holds the file's write lock until the returned function is called. */
function lockFile(file: string): () => void {
  const db = new Sqlite(file, { timeout: 0 });
  db.exec("BEGIN IMMEDIATE");
  return () => {
    db.exec("COMMIT");
    db.close();
  };
}

describe("records of full zones", () => {
  test("stand after the server has ended, and for others that serve at the same time", async () => {
    const folder = new Folder();
    const first = folder.open();
    const beside = folder.open();
    await first.put(apex, client, sent);
    expect(beside.find(apex, client)).toEqual(sent);
    first.close();
    const second = folder.open();
    expect(second.find(apex, client)).toEqual(sent);
    expect(second.find("other.example.", client)).toBeUndefined();
    expect(second.find(apex, { ...client, key: "k." })).toBeUndefined();
    await second.put(apex, client, { serial: serial(8), isComplete: true });
    expect(beside.find(apex, client)).toEqual({ serial: 8, isComplete: true });
    beside.delete(apex, client);
    expect(second.find(apex, client)).toBeUndefined();
    expect(folder.lines).toEqual([]);
  });

  test("are in the file before it is closed: nothing that ends a process takes them away", async () => {
    const folder = new Folder();
    await folder.open().put(apex, client, sent);
    const copied = join(folder.path, "copy.db");
    for (const beside of ["", "-wal"]) writeFileSync(copied + beside, readFileSync(folder.file + beside));
    expect(folder.open(copied).find(apex, client)).toEqual(sent);
  });

  test("go after four weeks", async () => {
    const folder = new Folder();
    const state = folder.open();
    await state.put(apex, client, sent);
    folder.nowSeconds += 28 * daySeconds - 1;
    expect(state.find(apex, client)).toEqual(sent);
    folder.nowSeconds += 1;
    expect(state.find(apex, client)).toBeUndefined();
  });

  test("are bounded, and the oldest go first", { timeout: 60_000 }, async () => {
    const folder = new Folder();
    folder.open().close();
    const db = new Sqlite(folder.file);
    db.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 65536)
      INSERT INTO full_transfer SELECT '${apex}', 'address-' || i, '', 1, 1, ${folder.nowSeconds - 70_000} + i FROM n`);
    db.close();
    const state = folder.open();
    const at = (i: number) => state.find(apex, { address: `address-${i}`, key: "" });
    for (let i = 0; i < 255; i++) void state.put(apex, { address: `new-${i}`, key: "" }, sent);
    expect(at(1)).toBeDefined();
    await state.put(apex, client, sent);
    expect([at(256), at(257)?.isComplete]).toEqual([undefined, true]);
    expect(state.find(apex, client)).toEqual(sent);
  });

  test("that cannot be written for now are known all the same, wait for no lock, and are written later", async () => {
    const folder = new Folder();
    const state = folder.open();
    const unlock = lockFile(folder.file);
    const started = process.hrtime.bigint();
    const safe = state.put(apex, client, sent);
    state.delete(apex, { ...client, key: "gone." });
    state.noteServed("rpz.example", serial(5));
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(50);
    expect(state.find(apex, client)).toEqual(sent);
    unlock();
    await safe;
    expect(folder.open().find(apex, client)).toEqual(sent);
    expect(readServed(folder.file).serials.get("rpz.example")).toBe(5);
    expect(folder.lines).toEqual([]);
  });

  test("hold a full zone up for a moment at most where they cannot be written at all", async () => {
    const folder = new Folder();
    const state = folder.open();
    const unlock = lockFile(folder.file);
    await state.put(apex, client, sent);
    expect(state.find(apex, client)).toEqual(sent);
    unlock();
    state.flush();
    expect(folder.open().find(apex, client)).toEqual(sent);
  });

  test("of which writing fails are kept in memory, and it says so once", async () => {
    const folder = new Folder();
    const state = folder.open();
    const db = new Sqlite(folder.file);
    db.exec("ALTER TABLE full_transfer RENAME TO moved");
    await state.put(apex, client, sent);
    await state.put(apex, client, { serial: serial(8), isComplete: false });
    expect(state.find(apex, client)).toEqual({ serial: 8, isComplete: false });
    expect(folder.lines).toHaveLength(1);
    expect(folder.lines[0]).toContain(`cannot use "${folder.file}": no such table`);
    db.exec("ALTER TABLE moved RENAME TO full_transfer");
    db.close();
    state.flush();
    expect(folder.open().find(apex, client)).toEqual({ serial: 8, isComplete: false });
  });
});

describe("a file that cannot be used", () => {
  const faults: readonly [what: string, spoil: (folder: Folder) => string][] = [
    ["a folder that cannot be made", ({ path }) => (writeFileSync(join(path, "var"), ""), join(path, "var/server.db"))],
    ["a FIFO", ({ path }) => (execFileSync("mkfifo", [join(path, "server.db")]), join(path, "server.db"))],
    ["no database", ({ path }) => (writeFileSync(join(path, "server.db"), "x".repeat(5000)), join(path, "server.db"))],
    [
      "another program's database",
      ({ path }) => {
        const file = join(path, "server.db");
        const db = new Sqlite(file);
        db.exec("CREATE TABLE notes (text)");
        db.close();
        return file;
      },
    ],
  ];

  test.each(faults)("%s is said, and all goes on in memory", async (_what, spoil) => {
    const folder = new Folder();
    const file = spoil(folder);
    const state = folder.open(file);
    expect(folder.lines).toHaveLength(1);
    expect(folder.lines[0]).toContain(`cannot use "${file}": `);
    await state.put(apex, client, sent);
    expect(state.find(apex, client)).toEqual(sent);
    expect(state.noteServed("rpz.example", serial(5))).toBeUndefined();
    expect(state.noteServed("rpz.example", serial(6))).toBe(5);
  });
});

describe("what builds read", () => {
  test("is nothing where no server was", () => {
    expect(readServed(new Folder().file)).toEqual({ serials: new Map(), transferSeconds: undefined });
  });

  test("is the highest serial in the order of RFC 1982, and the longest transfer", () => {
    const folder = new Folder();
    const state = folder.open();
    expect(state.noteServed("rpz.example", serial(0xffff_fff0))).toBeUndefined();
    expect(state.noteServed("rpz.example", serial(5))).toBe(0xffff_fff0);
    expect(state.noteServed("rpz.example", serial(0xffff_fff0))).toBe(5);
    state.noteTransferSeconds(7200);
    state.noteTransferSeconds(60);
    expect(readServed(folder.file)).toEqual({ serials: new Map([["rpz.example", 5]]), transferSeconds: 7200 });
  });

  test("waits for nobody", () => {
    const folder = new Folder();
    folder.open().noteServed("rpz.example", serial(5));
    const unlock = lockFile(folder.file);
    expect(readServed(folder.file).serials.get("rpz.example")).toBe(5);
    unlock();
  });
});
