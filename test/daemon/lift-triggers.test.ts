/** Allow lists of a zone on hold that has rules on name servers: what they lift counts at once in every section. */
import { expect, test } from "vitest";
import { mainText, zoneText } from "../feed/fixture.ts";
import { HoldFixture, limit, listOf, names, source } from "./hold-fixture.ts";

const servers = "{id: other, category: one, format: rpz, from: other.txt}";
const serverRules = [
  "ns.bad.example.rpz-nsdname CNAME .",
  "*.wild.example.rpz-nsdname CNAME .",
  "24.0.2.0.192.rpz-nsip CNAME .",
  "32.7.2.0.192.rpz-ip CNAME .",
];

test("a name or address that is allowed on a zone on hold is let through at once, for every trigger", async () => {
  const fixture = new HoldFixture({
    "main.yaml": mainText([source, servers], ["{id: own, from: own.txt}"]),
    "zone.yaml": zoneText(limit).replace("[one]", "[one], triggers: [qname, response-ip, nsdname, nsip]"),
    "other.txt": listOf(...serverRules),
  });
  await fixture.zone();
  const before = fixture.rules();
  expect(before).toEqual(
    expect.arrayContaining([
      ...serverRules.filter((line) => !line.startsWith("*")),
      "unused.example CNAME rpz-passthru.",
    ]),
  );
  fixture.write("list.txt", listOf(...names(100, "new.example")));
  expect((await fixture.zone()).hold).toBeDefined();

  fixture.write("own.txt", listOf("unused.example", "n3.old.example", "ns.bad.example", "a.wild.example", "192.0.2.7"));
  const lifted = await fixture.zone();
  expect(lifted).toMatchObject({ changed: true, hold: { ruleChanges: expect.anything() } });
  const gone = ["n3.old.example CNAME .", "ns.bad.example.rpz-nsdname CNAME .", "32.7.2.0.192.rpz-ip CNAME ."];
  const come = [
    "n3.old.example CNAME rpz-passthru.",
    "ns.bad.example CNAME rpz-passthru.",
    "a.wild.example CNAME rpz-passthru.",
    "a.wild.example.rpz-nsdname CNAME rpz-passthru.",
    "32.7.2.0.192.rpz-nsip CNAME rpz-passthru.",
  ];
  expect(fixture.rules().toSorted()).toEqual([...before.filter((line) => !gone.includes(line)), ...come].toSorted());
});
