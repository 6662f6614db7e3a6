import { expect, test } from "vitest";
import { openTemporary } from "../../src/store/database.ts";
import { Ledger, type LedgerFacts } from "../../src/store/ledger.ts";

const factsOf = (name: string, reference: string): LedgerFacts => ({
  key: new TextEncoder().encode(name),
  externalId: "",
  flags: 0,
  digest: 1,
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

test("references that a write which was rolled back had numbered are no other row's afterwards", () => {
  const db = openTemporary();
  try {
    db.prepare("INSERT INTO source (id, name) VALUES (1, 'list')").run();
    const ledger = new Ledger(db);
    expect(() => ledger.write(1, [factsOf("a", "lost"), factsOf("a", "lost")])).toThrow("UNIQUE");
    ledger.write(1, [factsOf("b", "other")]);
    ledger.write(1, [factsOf("c", "lost")]);
    expect([...ledger.walk(1)].map(({ reference }) => reference)).toEqual(["other", "lost"]);
  } finally {
    db.close();
  }
});
