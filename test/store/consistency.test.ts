import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { BuildFixture, mainText } from "../feed/fixture.ts";
import { faultsOf } from "./consistency.ts";

/** A store with two sources, two versions and a difference. */
async function builtFixture(): Promise<BuildFixture> {
  const names = (count: number): string => Array.from({ length: count }, (_, i) => `n${i}.example\n`).join("");
  const fixture = new BuildFixture({
    "main.yaml": mainText(
      ["{id: list, category: one, scope: subtree, format: domains, from: list.txt}"],
      ["{from: allow.txt, scope: exact}"],
    ),
    "list.txt": names(2000),
    "allow.txt": "n3.example\n",
  });
  await fixture.build();
  fixture.write("list.txt", names(2001));
  await fixture.build();
  return fixture;
}

const damages: readonly [sql: string, fault: RegExp][] = [
  ["DELETE FROM message WHERE id = (SELECT max(message) FROM block)", /messages that are not there/],
  ["INSERT INTO message (data) VALUES (x'00')", /1 messages that nobody refers to/],
  ["UPDATE block SET message = (SELECT min(message) FROM block)", /messages with two owners/],
  ["INSERT INTO block VALUES (9, x'61', 1, 2147483647, 0, '{}', NULL)", /1 blocks of no zone/],
  ["UPDATE block SET born = 3 WHERE born = 2", /blocks created after the served version/],
  ["UPDATE block SET replaced = 3 WHERE replaced = 2", /blocks retired after the served version/],
  ["UPDATE block SET replaced = 1, born = 0 WHERE replaced = 2", /blocks retired before any version/],
  ["UPDATE block SET replaced = born WHERE replaced = 2", /blocks retired before they were created/],
  ["UPDATE version SET difference_bytes = NULL", /differences that lead to no kept version/],
  ["UPDATE version SET difference_bytes = 1 WHERE version = 2", /differences of another size/],
  ["UPDATE difference SET seq = seq + 1", /differences with a gap/],
  ["UPDATE zone SET version = 1", /served version is not the newest/],
  ["UPDATE version SET version = 5 WHERE version = 1", /gap in their versions/],
  ["INSERT INTO snapshot_block VALUES (99, 1, x'61', 1, 1)", /blocks of snapshots that are not there/],
  ["UPDATE snapshot_block SET kind = 0 WHERE kind = 1", /snapshot \d+: 0 changes are listed/],
  ["UPDATE snapshot SET entries = entries + 1", /snapshots with other entries/],
  ["UPDATE source SET snapshot = NULL", /sources without a snapshot/],
  ["UPDATE entry_block SET created = created + 50", /entries that no snapshot of their source has/],
  ["UPDATE entry_block SET retired = created", /entries created or retired by what is no snapshot/],
  [
    "INSERT INTO entry_block SELECT source, x'7a7a', 0, 1, 1, 1 FROM entry_block LIMIT 1",
    /entries that neither count nor are served from/,
  ],
  ["INSERT INTO draft (source) VALUES (1)", /drafts of a build/],
  ["INSERT INTO review VALUES (1, 7, 'untrusted', NULL, x'00', NULL)", /1 reviews of no row/],
  [
    "INSERT INTO ledger VALUES (7, 1, x'61', '', 1, 1, 0, NULL, NULL, 1, NULL, 6, NULL, 1, NULL, NULL)",
    /1 rows that wait for a review without one/,
  ],
  ["INSERT INTO build VALUES (1, 7, 'host', 1700000000)", /notes of a build/],
  ["UPDATE version SET serial = serial + 100 WHERE version = 1", /serial goes back/],
  ["UPDATE version SET bytes = bytes + 1", /blocks have \d+ octets/],
  ["UPDATE version SET rules = rules + 1", /blocks have \d+ rules/],
  ["UPDATE version SET counts = replace(counts, '\"allowed\":1', '\"allowed\":2')", /blocks count 1 allowed, not 2/],
  ["UPDATE block SET bytes = bytes + 1 WHERE message IS NOT NULL", /a block of \d+ octets says/],
];

test("every check of the store finds what it looks for, and nothing where all is well", async () => {
  const fixture = await builtFixture();
  expect(fixture.read(faultsOf)).toEqual([]);
  const db = new Sqlite(fixture.path("var/rpzmill.db"));
  try {
    for (const [sql, fault] of damages) {
      db.exec(`BEGIN; ${sql}`);
      const faults = faultsOf(db);
      db.exec("ROLLBACK");
      expect(faults.join("\n"), sql).toMatch(fault);
    }
  } finally {
    db.close();
  }
});
