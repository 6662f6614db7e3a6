import { expect, test } from "vitest";
import { serial } from "../../src/dns/serial.ts";
import { migrations } from "../../src/store/schema.ts";
import { ZoneReader } from "../../src/store/zone-reader.ts";
import { Zones, type ZoneVersionRow } from "../../src/store/zones.ts";
import { apex, BuildFixture, mainText, zoneText } from "../feed/fixture.ts";
import { faultsOf } from "./consistency.ts";
import { putOlderSchema } from "./older-schema.ts";

const hour = 3600;

/** Builds with a clock of each kind, in seconds. */
class Publisher {
  readonly fixture = new BuildFixture({
    "main.yaml": mainText(["{id: list, category: one, scope: exact, format: domains, from: list.txt}"]),
    "zone.yaml": zoneText("keep: {versions: 2, seconds: 604800}\n"),
  });
  wall = 1_700_000_000;
  steady = 50_000;
  #published = 0;

  /** Publishes one more version, that much later by both clocks. */
  async publish(afterSeconds: number): Promise<void> {
    this.wall += afterSeconds;
    this.steady += afterSeconds;
    this.#published += 1;
    this.fixture.write("list.txt", Array.from({ length: 200 + this.#published }, (_, i) => `n${i}.example\n`).join(""));
    const { wall, steady } = this;
    await this.fixture.build({ clock: { nowMs: () => wall * 1000, steadyMs: () => steady * 1000 } });
    const faults = this.fixture.read(faultsOf);
    if (faults.length > 0) throw new Error(faults.join("; "));
  }

  /** Versions in the store, oldest first; a withdrawn one in parentheses. */
  versions(): string {
    const rows = this.fixture.read((db) => new Zones(db).history(1)).toReversed();
    return rows.map(({ version, withdrawn }) => (withdrawn === undefined ? `${version}` : `(${version})`)).join(" ");
  }
}

test("a version is first no longer offered, and deleted by a later build once no transfer can be reading it", async () => {
  const publisher = new Publisher();
  for (let i = 0; i < 3; i++) await publisher.publish(10);
  expect(publisher.versions()).toBe("(1) 2 3");
  await publisher.publish(10);
  expect(publisher.versions()).toBe("(1) (2) 3 4");
  await publisher.publish(2 * hour - 11);
  expect(publisher.versions()).toBe("(1) (2) (3) 4 5");
  await publisher.publish(1);
  expect(publisher.versions()).toBe("(2) (3) (4) 5 6");
});

test("differences are offered from versions that are, and those that led a running transfer on stay readable", async () => {
  const publisher = new Publisher();
  for (let i = 0; i < 3; i++) await publisher.publish(10);
  publisher.fixture.read((db) => {
    const current = new Zones(db).current(1) as ZoneVersionRow;
    const reader = new ZoneReader(db);
    expect(reader.differencesFrom(serial(current.serial - 20), current)).toBeUndefined();
    expect(reader.differencesFrom(serial(current.serial - 10), current)).toHaveLength(1);
  });
  expect(publisher.fixture.read((db) => db.prepare("SELECT count(*) FROM difference").pluck().get())).toBe(2);
});

test("the time of day may be set as it will: three hours on and two days back delete nothing", async () => {
  const publisher = new Publisher();
  for (let i = 0; i < 3; i++) await publisher.publish(10);
  publisher.wall += 3 * hour;
  await publisher.publish(10);
  expect(publisher.versions()).toBe("(1) (2) 3 4");
  publisher.wall -= 48 * hour;
  await publisher.publish(10);
  expect(publisher.versions()).toBe("(1) (2) (3) 4 5");
  await publisher.publish(2 * hour);
  expect(publisher.versions()).toBe("(4) 5 6");
});

test("after a restart of the machine no transfer can be reading", async () => {
  const publisher = new Publisher();
  for (let i = 0; i < 3; i++) await publisher.publish(10);
  publisher.steady = 100;
  await publisher.publish(10);
  expect(publisher.versions()).toBe("(2) 3 4");
});

test("a store of the first schema is read as it is, and every version of it is offered", async () => {
  const publisher = new Publisher();
  await publisher.publish(10);
  await publisher.publish(10);
  putOlderSchema(publisher.fixture.path("var/rpzmill.db"), 1);
  expect(publisher.versions()).toBe("1 2");
  await publisher.publish(10);
  expect(publisher.versions()).toBe("(1) 2 3");
  const version = publisher.fixture.read((store) => store.pragma("user_version", { simple: true }));
  expect(version).toBe(migrations.length);
  expect(publisher.fixture.served(apex)?.row.version).toBe(3);
});
