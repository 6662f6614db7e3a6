/** References of rows: neighbours share them, and those of a batch that failed are of no row. */
import { expect, it } from "vitest";
import { keyOfText } from "../../src/dns/name.ts";
import { openForWriting } from "../../src/store/database.ts";
import { Ledger, type LedgerFacts } from "../../src/store/ledger.ts";

const rowOf = (name: string, reference: string | undefined): LedgerFacts => ({
  key: keyOfText(name),
  externalId: "",
  flags: 1,
  digest: 2 ** 52 - 1,
  profile: 0,
  validFrom: undefined,
  validUntil: undefined,
  firstSeen: 1,
  lastSeen: undefined,
  state: "reported",
  reference,
  changedAt: 1,
  due: undefined,
});

it("rows have the references that they were written with, however many are written at once", () => {
  const db = openForWriting(":memory:");
  try {
    const source = Number(db.prepare("INSERT INTO source (name) VALUES ('list')").run().lastInsertRowid);
    const ledger = new Ledger(db);
    // More than one statement takes, and a rest.
    const rows = Array.from({ length: 253 }, (_, i) =>
      rowOf(`n${String(i).padStart(3, "0")}.example`, i % 7 === 0 ? undefined : `case ${i % 90}`),
    );
    ledger.write(source, rows.slice(0, 240));
    ledger.write(source, rows.slice(240));
    const stored = [...ledger.walk(source)].map(({ id: _, key, ...said }) => ({ key: Uint8Array.from(key), ...said }));
    expect(stored).toEqual(rows.map(({ key, ...said }) => ({ key: Uint8Array.from(key), ...said })));
    const count = db.prepare("SELECT count(*) FROM reference").pluck().get();
    expect(count).toBe(new Set(rows.map(({ reference }) => reference).filter(Boolean)).size);
  } finally {
    db.close();
  }
});

it("a reference of rows that could not be written is written with the rows that have it next", () => {
  const db = openForWriting(":memory:");
  try {
    const source = Number(db.prepare("INSERT INTO source (name) VALUES ('list')").run().lastInsertRowid);
    const ledger = new Ledger(db);
    const twice = [rowOf("a.example", "case 1"), rowOf("a.example", "case 2")];
    expect(() => ledger.write(source, twice)).toThrow("UNIQUE");
    ledger.write(source, [rowOf("b.example", "case 3"), rowOf("c.example", "case 1")]);
    expect([...ledger.walk(source)].map(({ reference }) => reference)).toEqual(["case 3", "case 1"]);
  } finally {
    db.close();
  }
});
