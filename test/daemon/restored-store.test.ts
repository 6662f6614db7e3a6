/** An older store put in the place of the one that was served: its serials must not go back. */
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { Serving } from "../../src/daemon/serve.ts";
import { compareSerials, serial } from "../../src/dns/serial.ts";
import { apex, BuildFixture, mainText } from "../feed/fixture.ts";
import { faultsOf } from "../store/consistency.ts";
import { askTcp, askUdp, qtype } from "../xfr/client.ts";
import { ReportedLines } from "./reported-lines.ts";

function fixtureOf(list: string): BuildFixture {
  const main = mainText(["{id: list, category: one, scope: exact, format: domains, from: list.txt}"]);
  const files = { "main.yaml": `${main}server: {listen: ["127.0.0.1:0"]}\n`, "list.txt": list };
  return new BuildFixture(files);
}

async function serve(fixture: BuildFixture) {
  const reporter = new ReportedLines();
  const clock = { nowMs: () => fixture.nowMs };
  const serving = await Serving.start({ config: fixture.config(), clock, reporter, pollMs: 10 });
  onTestFinished(() => serving.stop());
  return { serving, reporter, port: serving.addresses[0]?.port ?? 0 };
}

const served = async (port: number): Promise<string | undefined> =>
  (await askUdp({ name: apex, type: qtype.SOA }, port)).answers[0];

/** Publishes and serves twice, and puts the store of the first time back. */
async function restored(): Promise<{ fixture: BuildFixture; first: number; highest: number }> {
  const fixture = fixtureOf("a.example\n");
  const file = fixture.path("var/rpzmill.db");
  const first = (await fixture.build()).zones[0]?.result?.serial ?? 0;
  copyFileSync(file, fixture.path("backup.db"));
  fixture.write("list.txt", "a.example\nb.example\n");
  for (let i = 0; i < 3; i++) {
    fixture.write("list.txt", `a.example\nb${i}.example\n`);
    await fixture.build();
  }
  const highest = fixture.served()?.row.serial ?? 0;
  const { serving } = await serve(fixture);
  await serving.stop();
  for (const beside of ["-wal", "-shm"]) rmSync(file + beside, { force: true });
  copyFileSync(fixture.path("backup.db"), file);
  // The list is again what the restored store was built from, and looks untouched.
  fixture.write("list.txt", "a.example\n");
  fixture.nowMs -= 60_000;
  return { fixture, first, highest };
}

test("is served as it is, said to be older, and the next build goes beyond what was served though nothing changed", async () => {
  const { fixture, first, highest } = await restored();
  expect(highest).toBe(first + 3);
  const { serving, reporter, port } = await serve(fixture);
  expect(reporter.lines).toContainEqual(
    expect.stringMatching(
      new RegExp(`^warning: ${apex}: the store has serial ${first}, and ${highest} was served before`),
    ),
  );
  expect(await served(port)).toBe(`${apex} SOA ${first}`);

  const { zones } = await fixture.build();
  const result = zones[0]?.result;
  expect(result).toMatchObject({ changed: true, servedAhead: highest, added: 0, removed: 0, blocksWritten: 0 });
  expect(compareSerials(serial(result?.serial ?? 0), serial(highest))).toBe(1);
  expect(fixture.warnings.map(({ message }) => message)).toContainEqual(
    `${apex}: the store was behind what has been served; serial ${result?.serial} goes beyond ${highest}`,
  );
  expect(fixture.read(faultsOf)).toEqual([]);

  serving.poll();
  const soa = `${apex} SOA ${result?.serial}`;
  expect(await served(port)).toBe(soa);
  const ixfr = async (from: number) => (await askTcp({ name: apex, type: qtype.IXFR, serial: from }, port)).answers;
  // Whoever has the restored version gets the way from there, whoever has what was lost the zone.
  expect(await ixfr(first)).toEqual([soa, `${apex} SOA ${first}`, soa, soa]);
  expect((await ixfr(highest))[1]).toContain(" NS ");

  // Once is enough.
  expect((await fixture.build()).zones[0]?.result).toMatchObject({ changed: false, servedAhead: undefined });
});

test("is gone beyond by a build that changes something, by one of everything, and by the first of a new store", async () => {
  for (const how of ["change", "full", "new store"] as const) {
    const { fixture, highest } = await restored();
    if (how === "change") fixture.write("list.txt", "a.example\nnew.example\n");
    if (how === "new store") rmSync(fixture.path("var/rpzmill.db"));
    const { result } = (await fixture.build({ full: how === "full" })).zones[0] ?? {};
    expect(result, how).toMatchObject({ changed: true, servedAhead: highest });
    expect(compareSerials(serial(result?.serial ?? 0), serial(highest)), how).toBe(1);
  }
});

test("a build that cannot read what was served says so, and builds", async () => {
  const { fixture } = await restored();
  const file = fixture.path("var/server.db");
  expect(readFileSync(file).length).toBeGreaterThan(1000);
  for (const beside of ["-wal", "-shm"]) rmSync(file + beside, { force: true });
  fixture.write("var/server.db", "x".repeat(8192));
  expect((await fixture.build()).zones[0]?.result).toMatchObject({ changed: false });
  expect(fixture.warnings.at(-1)?.message).toMatch(/^cannot read ".*server\.db": file is not a database; new serials/);
});

test("versions stay readable for as long as the transfers of the server may last, whatever a build's configuration says", async () => {
  const fixture = fixtureOf("a.example\n");
  const limits = (seconds: number): void => {
    const main = mainText(["{id: list, category: one, scope: exact, format: domains, from: list.txt}"]);
    const server = `server: {listen: ["127.0.0.1:0"], limits: {transferSeconds: ${seconds}}}\n`;
    fixture.write("main.yaml", main + server);
  };
  fixture.write("zone.yaml", `${readFileSync(fixture.path("zone.yaml"), "utf8")}keep: {versions: 1, seconds: 1}\n`);
  limits(7200);
  await fixture.build();
  await serve(fixture);
  limits(60);
  const publish = async (name: string): Promise<void> => {
    fixture.write("list.txt", `a.example\n${name}.example\n`);
    await fixture.build();
  };
  const versions = (): unknown => fixture.read((db) => db.prepare("SELECT count(*) FROM version").pluck().get());
  await publish("b");
  fixture.nowMs += 14_398_000;
  await publish("c");
  expect(versions()).toBe(3);
  fixture.nowMs += 1000;
  await publish("d");
  expect(versions()).toBe(3);
});
