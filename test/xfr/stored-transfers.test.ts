/** Transfers out of the real store, with publishes, withdrawals and deletions while they run. */
import Sqlite from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { type StoredZones, storedZones } from "../../src/daemon/stored-zones.ts";
import { BuildFixture, mainText, apex as millApex, zoneText } from "../feed/fixture.ts";
import { type Ask, answersOf, type Decoded, qtype, TcpClient } from "./client.ts";
import { type Serving, serve, until } from "./serve.ts";

const apex = millApex;
const axfr: Ask = { name: apex, type: qtype.AXFR };
/** Records that the kernels' buffers do not take: some 16 MB. */
const many = 250_000;
/** Its names are all others for every `version`. */
const listOf = (version: number, count = many): string =>
  Array.from({ length: count }, (_, i) => `a-name-of-usual-length-${version}-${i}.example\n`).join("");

class Primary {
  readonly fixture: BuildFixture;
  readonly source: StoredZones;
  readonly warnings: { why?: string }[] = [];

  private constructor(fixture: BuildFixture) {
    this.fixture = fixture;
    const { databaseFile, zones } = fixture.config();
    this.source = storedZones(databaseFile, zones);
    onTestFinished(() => this.source.close());
  }

  static async start(
    list: string,
    keep = "keep: {versions: 1, seconds: 1}\n",
  ): Promise<Primary & { serving: Serving }> {
    const fixture = new BuildFixture({
      "main.yaml": mainText(["{id: list, category: one, scope: exact, format: domains, from: list.txt}"]),
      "zone.yaml": zoneText(keep),
      "list.txt": list,
    });
    await fixture.build();
    const primary = new Primary(fixture);
    const logger = { info() {}, error() {}, warn: (fields: object) => void primary.warnings.push(fields) };
    return Object.assign(primary, { serving: await serve(primary.source, { logger }) });
  }

  get serial(): number {
    return this.source.zones()[0]?.current()?.serial ?? 0;
  }

  async publish(list: string): Promise<void> {
    this.fixture.write("list.txt", list);
    await this.fixture.build({ accept: new Set(["list"]), acceptZones: new Set([apex]) });
    this.source.poll();
  }

  /** As another process, or a disk, might do at any moment. */
  run(sql: string): void {
    const db = new Sqlite(this.fixture.path("var/rpzmill.db"));
    db.exec(sql);
    db.close();
  }
}

/** Begins a transfer and takes no more than its first message. */
async function begin(port: number, ask: Ask): Promise<TcpClient> {
  const client = new TcpClient(port).ask(ask);
  client.socket.pause();
  client.socket.once("connect", () => client.socket.resume());
  await client.next();
  client.socket.pause();
  return client;
}

/** The rest, until the server ends or resets the connection or nothing is owed any more. */
async function rest(client: TcpClient, serving: Serving): Promise<string[]> {
  client.socket.resume();
  client.socket.end();
  const messages: Decoded[] = [];
  for (let next = await client.nextMessage(); next !== undefined; next = await client.nextMessage())
    messages.push(next);
  await until(() => serving.server.stats().connections.open === 0);
  return answersOf(messages);
}

const lastSoa = (answers: readonly string[]): string | undefined => answers.at(-1);

describe("a full transfer that runs while versions come and go", { timeout: 120_000 }, () => {
  test("is whole, of the version that it began with, though that is no longer offered", async () => {
    const primary = await Primary.start(listOf(1));
    const { serving, serial } = primary;
    const client = await begin(serving.port, axfr);
    expect(serving.server.stats().transfers.running).toBe(1);
    await primary.publish(listOf(2, 10));
    await primary.publish(listOf(3, 10));
    await primary.publish(listOf(4, 10));
    expect(primary.serial).toBeGreaterThan(serial);
    const answers = await rest(client, serving);
    expect(lastSoa(answers)).toBe(`${apex} SOA ${serial}`);
    expect(serving.server.stats().transfers).toMatchObject({ completed: 1, cut: 0 });
  });

  test("is reset, never ended, where the version is deleted under it", async () => {
    const primary = await Primary.start(listOf(1));
    const { serving, serial } = primary;
    const client = await begin(serving.port, axfr);
    primary.run("DELETE FROM block");
    const answers = await rest(client, serving);
    expect(answers.length).toBeGreaterThan(1000);
    expect(lastSoa(answers)).not.toBe(`${apex} SOA ${serial}`);
    expect(serving.server.stats().transfers).toMatchObject({ completed: 0, cut: 1 });
    expect(primary.warnings[0]?.why).toMatch(/there are \d+ records of rules, not 250000$/);
  });
});

test.each([
  ["deletions", 0],
  ["additions", 1],
])(
  "differences whose %s are deleted while they are sent are reset, never ended",
  { timeout: 120_000 },
  async (runs, kind) => {
    const some = 150_000;
    const primary = await Primary.start(`${listOf(1)}${listOf(2, some)}`, "");
    const { serving } = primary;
    const from = primary.serial;
    await primary.publish(`${listOf(1)}${listOf(3, some)}`);
    const client = await begin(serving.port, { name: apex, type: qtype.IXFR, serial: from });
    expect(serving.server.stats().transfers.running).toBe(1);
    primary.run(`DELETE FROM difference WHERE kind = ${kind}`);
    const answers = await rest(client, serving);
    // The one between deletions and additions, perhaps: a reset drops what the kernel had not sent yet.
    expect(answers.filter((answer) => answer.includes(" SOA ")).length).toBeLessThanOrEqual(kind);
    expect(serving.server.stats().transfers).toMatchObject({ completed: 0, cut: 1 });
    expect(primary.warnings[0]?.why).toMatch(new RegExp(`there are \\d+ ${runs}, not 150000$`));
  },
);
