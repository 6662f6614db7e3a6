import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Sqlite from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { compareSerials, serial } from "../../src/dns/serial.ts";
import { ServerState } from "../../src/store/server-state.ts";
import { addState, memoryState, readServed, readState, type StateRows } from "../../src/store/server-state-file.ts";

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

  /** `lookMs` of 0: each flush looks whether the file can be used. */
  open(file = this.file, lookMs?: number): ServerState {
    const line = (_: unknown, message: string): void => void this.lines.push(message);
    const clock = { nowMs: () => this.nowSeconds * 1000 };
    const state = new ServerState(file, clock, { info: line, warn: line, error: line }, lookMs);
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

  test("stay for as long as a zone's SOA may let a client be away, and whatever the clock says meanwhile", async () => {
    const folder = new Folder();
    await folder.open().put(apex, client, sent);
    for (const days of [30, 3650, -7000]) {
      folder.nowSeconds += days * daySeconds;
      const state = folder.open();
      expect(state.find(apex, client)).toEqual(sent);
      // Enough of them for a sweep.
      for (let i = 0; i < 256; i++) void state.put(apex, { address: `other-${i}`, key: "" }, sent);
      expect(state.find(apex, client)).toEqual(sent);
      state.close();
    }
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
    ["a FIFO", ({ path }) => (execFileSync("/usr/bin/mkfifo", [join(path, "server.db")]), join(path, "server.db"))],
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

describe("a file that could not be used at the start, or is lost later", () => {
  const other = { address: "192.0.2.2", key: "k." };

  test("is tried again, and what memory has learnt is added to what it knows", async () => {
    const folder = new Folder();
    const before = folder.open();
    await before.put(apex, client, { serial: serial(9), isComplete: true });
    await before.put(apex, { ...client, key: "k." }, { serial: serial(2), isComplete: false });
    before.noteServed("rpz.example", serial(9));
    before.noteServed("old.example", serial(3));
    before.noteTransferSeconds(60);
    before.close();
    const unlock = lockFile(folder.file);
    const state = folder.open(folder.file, 0);
    expect(folder.lines).toEqual([
      expect.stringMatching(/^cannot use ".*server\.db": database is locked; .*tried again$/),
    ]);
    await state.put(apex, client, sent);
    await state.put(apex, { ...client, key: "k." }, { serial: serial(5), isComplete: true });
    await state.put(apex, other, sent);
    state.noteServed("rpz.example", serial(7));
    state.noteServed("old.example", serial(4));
    state.noteTransferSeconds(30);
    state.flush();
    expect(folder.lines).toHaveLength(1);
    unlock();
    state.flush();
    expect(folder.lines.slice(1)).toEqual([
      expect.stringMatching(/^".*server\.db" can be used again: what was kept in memory was added to it$/),
    ]);
    expect(readServed(folder.file)).toEqual({
      serials: new Map([
        ["rpz.example", 9],
        ["old.example", 4],
      ]),
      transferSeconds: 60,
    });
    const reopened = folder.open();
    expect(reopened.find(apex, client)).toEqual({ serial: 9, isComplete: true });
    expect(reopened.find(apex, { ...client, key: "k." })).toEqual({ serial: 5, isComplete: true });
    expect(reopened.find(apex, other)).toEqual(sent);
    await state.put(apex, { address: "192.0.2.3", key: "" }, sent);
    expect(reopened.find(apex, { address: "192.0.2.3", key: "" })).toEqual(sent);
  });

  test("is not tried again more often than it may be", async () => {
    const folder = new Folder();
    folder.open().close();
    const unlock = lockFile(folder.file);
    const state = folder.open(folder.file, 3_600_000);
    await state.put(apex, client, sent);
    unlock();
    state.flush();
    expect(folder.open().find(apex, client)).toBeUndefined();
    // Its end is the last chance.
    state.close();
    expect(folder.open().find(apex, client)).toEqual(sent);
  });

  const losses: readonly [what: string, lose: (file: string) => void, line: RegExp][] = [
    [
      "deleted",
      (file) => {
        for (const end of ["", "-wal", "-shm"]) rmSync(file + end);
      },
      /^".*server\.db" was moved or deleted: what was known was added to the one that is there now$/,
    ],
    [
      "replaced by another",
      (file) => {
        for (const end of ["-wal", "-shm"]) rmSync(file + end);
        const db = new Sqlite(`${file}.other`);
        db.close();
        renameSync(`${file}.other`, file);
      },
      /^".*server\.db" was replaced: what was known was added to the one that is there now$/,
    ],
    [
      "robbed of its log",
      (file) => {
        for (const end of ["-wal", "-shm"]) rmSync(file + end);
      },
      /^".*server\.db" was replaced: what was known was added to the one that is there now$/,
    ],
  ];

  test.each(losses)("where it is %s, is made whole again", async (_what, lose, line) => {
    const folder = new Folder();
    const state = folder.open(folder.file, 0);
    await state.put(apex, client, sent);
    state.noteServed("rpz.example", serial(7));
    state.flush();
    expect(folder.lines).toEqual([]);
    lose(folder.file);
    await state.put(apex, other, sent);
    expect(folder.lines).toEqual([expect.stringMatching(line)]);
    const reopened = folder.open();
    expect([reopened.find(apex, client), reopened.find(apex, other)]).toEqual([sent, sent]);
    expect(readServed(folder.file).serials.get("rpz.example")).toBe(7);
    await state.put(apex, client, { serial: serial(8), isComplete: true });
    expect(reopened.find(apex, client)).toEqual({ serial: 8, isComplete: true });
    expect(folder.lines).toHaveLength(1);
  });

  test("is kept in memory while its folder is gone, which nobody makes again but who brings it back", async () => {
    const folder = new Folder();
    const state = folder.open(folder.file, 0);
    await state.put(apex, client, sent);
    rmSync(dirname(folder.file), { recursive: true });
    await state.put(apex, other, sent);
    state.flush();
    expect(folder.lines).toEqual([expect.stringMatching(/^cannot use ".*": .*directory.*; it is kept in memory/)]);
    expect(existsSync(dirname(folder.file))).toBe(false);
    mkdirSync(dirname(folder.file));
    state.flush();
    expect(folder.lines.slice(1)).toEqual([expect.stringMatching(/ can be used again: /)]);
    const reopened = folder.open();
    expect([reopened.find(apex, client), reopened.find(apex, other)]).toEqual([sent, sent]);
  });

  test("takes in any two states whichever comes first, and forgets nothing of either", () => {
    const row = fc.record({
      apex: fc.constantFrom("a.", "b."),
      address: fc.constantFrom("192.0.2.1", "192.0.2.2"),
      key: fc.constantFrom("", "k."),
      serial: fc.integer({ min: 0xffff_fff0, max: 0xffff_ffff }).chain((n) => fc.constantFrom(n, (n + 16) >>> 0)),
      complete: fc.constantFrom(0, 1),
      began_at: fc.constant(1),
    });
    const rows = fc.record({
      fullTransfers: fc.array(row),
      served: fc.array(fc.record({ apex: fc.constantFrom("a.", "b."), serial: fc.integer({ min: 1, max: 20 }) })),
      transferSeconds: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    });
    const of = (...states: StateRows[]): StateRows => {
      const db = memoryState();
      for (const state of states) addState(db, state);
      const found = readState(db);
      db.close();
      return found;
    };
    fc.assert(
      fc.property(rows, rows, (one, two) => {
        const both = of(one, two);
        expect(of(two, one)).toEqual(both);
        expect(of(both, one, two)).toEqual(both);
        for (const { apex: zone, address, key, serial: sentSerial } of [...one.fullTransfers, ...two.fullTransfers]) {
          const found = both.fullTransfers.find((r) => r.apex === zone && r.address === address && r.key === key);
          expect(compareSerials(serial(found?.serial ?? 0), serial(sentSerial))).toBeOneOf([0, 1]);
        }
        for (const { apex: zone, serial: highest } of [...one.served, ...two.served]) {
          expect(both.served.find((r) => r.apex === zone)?.serial).toBeGreaterThanOrEqual(highest);
        }
      }),
    );
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
