/** Entries of every trigger through the commands, and a zone of them back from its own file. */
import { beforeEach, expect, test } from "vitest";
import { run, type Sample, sampleFolder } from "./cli.ts";

const rows = [
  "evil.example,qname",
  "192.0.2.7,response-ip",
  "10.9.0.0/16,client-ip",
  "ns1.evil.example,nsdname",
  "*.ns.evil.example,nsdname",
  "192.0.2.53,nsip",
  "2001:db8::53,nsip",
];
const head = "value,trigger";
const everything = "triggers: [qname, response-ip, client-ip, nsdname, nsip]";

let sample: Sample;

beforeEach(async () => {
  sample = sampleFolder({
    "rpzmill.yaml": `version: 1
server: {listen: ["127.0.0.1:0"]}
sources:
  - {id: mixed, format: csv, from: lists/mixed.csv, column: value, fields: {trigger: trigger}}
allow:
  - {id: own, from: lists/own.txt}
zones: [zones/all.yaml, zones/plain.yaml]
`,
    "lists/mixed.csv": `${[head, ...rows].join("\n")}\n`,
    "lists/own.txt": "safe.example\n",
    "zones/all.yaml": `version: 1\napex: all.rpz.example\ntake: {sources: [mixed], ${everything}}\naction: nxdomain\ntransfer: [{address: 127.0.0.1/32}]\n`,
    "zones/plain.yaml":
      "version: 1\napex: plain.rpz.example\ntake: {sources: [mixed]}\naction: nxdomain\ntransfer: [{address: 127.0.0.1/32}]\n",
  });
  await sample.run("build");
});

async function owners(apex: string): Promise<string[]> {
  const { stdout } = await sample.run(`zone export ${apex}`);
  return stdout
    .split("\n")
    .map((line) => line.split(/\s+/)[0] ?? "")
    .filter((owner) => owner !== "" && !owner.startsWith("$") && !owner.startsWith("@") && !owner.startsWith(";"));
}

test("a zone has the rules of the triggers that it takes", async () => {
  expect(await owners("plain.rpz.example")).toEqual(["evil.example", "32.7.2.0.192.rpz-ip"]);
  expect((await owners("all.rpz.example")).toSorted()).toEqual([
    "*.ns.evil.example.rpz-nsdname",
    "128.53.zz.db8.2001.rpz-nsip",
    "16.0.0.9.10.rpz-client-ip",
    "32.53.2.0.192.rpz-nsip",
    "32.7.2.0.192.rpz-ip",
    "evil.example",
    "ns.evil.example.rpz-nsdname",
    "ns1.evil.example.rpz-nsdname",
    "safe.example",
  ]);
});

test("commands show entries with their triggers, and take them so", async () => {
  const { stdout } = await sample.run("source show mixed --at 2027-01-15T08:00:00Z");
  const shown = stdout.trimEnd().split("\n");
  expect(shown.map((line) => line.replace(/ (?:exact|subtree).*/, "")).toSorted()).toEqual([
    "192.0.2.7",
    "client-ip 10.9.0.0/16",
    "evil.example",
    "nsdname ns.evil.example",
    "nsdname ns1.evil.example",
    "nsip 192.0.2.53",
    "nsip 2001:db8::53",
  ]);
  expect((await sample.run("entry list mixed --limit 100")).stdout).toContain(
    "nsdname ns1.evil.example current: exact",
  );
  const show = async (name: string) => {
    const { code, stdout } = await run(["entry", "show", name, "--json", "--config", sample.path("rpzmill.yaml")]);
    return code === 0 ? (JSON.parse(stdout) as { name: string }).name : code;
  };
  expect(await show("nsip 192.0.2.53")).toBe("nsip 192.0.2.53");
  expect(await show("nsdname NS1.evil.example")).toBe("nsdname ns1.evil.example");
  // Without a trigger it is shown for each; of another it was never reported, and of some it can be none.
  expect(await show("192.0.2.53")).toBe("192.0.2.53");
  expect((await sample.run("entry show 192.0.2.53")).stdout).toMatch(/^mixed: nsip 192\.0\.2\.53 current: exact/);
  expect((await sample.run("entry show 10.9.0.0/16")).stdout).toMatch(
    /^mixed: client-ip 10\.9\.0\.0\/16 current: exact/,
  );
  expect((await sample.run("entry show ns1.evil.example")).stdout).toMatch(
    /^mixed: nsdname ns1\.evil\.example current/,
  );
  expect(await show("client-ip 192.0.2.53")).toBe(1);
  expect(await show("nsdname 192.0.2.53")).toBe(2);
  expect(await show("nsip ns1.evil.example")).toBe(2);
});

test("explain says of a protected name that rules on its name servers hit it", async () => {
  expect((await sample.run("explain www.paypal.com")).stdout).toBe(`www.paypal.com
  all.rpz.example: nothing is done
    rules of this zone on clients come first, whatever these ask for
    rules of this zone on addresses in the answer hit it all the same: allow the address, too
    rules of this zone on names of name servers hit it where its own are listed, guarded or not: put it on an allow list, too
    rules of this zone on addresses of name servers hit it where its own are listed, guarded or not: put it on an allow list, too
`);
});

test("a change is told with its triggers", async () => {
  sample.write("lists/mixed.csv", `${[head, ...rows.slice(0, 3), "ns2.evil.example,nsdname"].join("\n")}\n`);
  const dry = await sample.run("build --dry-run --list");
  expect(dry.stdout).toContain("+ ns2.evil.example.rpz-nsdname.all.rpz.example");
  expect(dry.stdout).not.toContain("ns2.evil.example.rpz-nsdname.plain.rpz.example");
  const later = { clock: { nowMs: () => 1_800_000_600_000 } };
  expect((await sample.run("build", later)).code).toBe(0);
  const { stdout } = await sample.run("source diff mixed 2027-01-15T08:00:00Z", later);
  expect(stdout).toContain("nsdname ns2.evil.example");
  expect(stdout).toContain("nsip 192.0.2.53");
});

test("explain says what a name is to domains that it serves, and an address to clients", async () => {
  const said = async (name: string): Promise<string[]> =>
    (await sample.run(`explain ${name}`)).stdout.split("\n").filter((line) => /^ {2}\S+rpz\.example/.test(line));
  expect(await said("ns1.evil.example")).toEqual([
    "  all.rpz.example, for every domain with a name server of that name: nxdomain",
  ]);
  expect(await said("10.9.8.7")).toEqual([
    "  all.rpz.example, to clients of that address, whatever they ask for: nxdomain",
  ]);
  expect(await said("192.0.2.53")).toEqual([
    "  all.rpz.example, for every domain with a name server at that address: nxdomain",
  ]);
  expect((await sample.run("explain safe.example")).stdout).toBe(
    "safe.example\n" +
      "  all.rpz.example: nothing is done: the allow list own holds safe.example\n" +
      "    rules of this zone on clients come first, whatever these ask for\n" +
      "  plain.rpz.example: nothing is done: the allow list own holds safe.example\n" +
      "    rules of this zone on addresses in the answer hit it all the same: allow the address, too\n",
  );
});

test("guard hits say which rules on name servers guards stopped", async () => {
  sample.write(
    "lists/mixed.csv",
    `${[head, ...rows, "lists-of-ns.wikipedia.org,nsdname", "lists-of-ns.wikipedia.org,qname"].join("\n")}\n`,
  );
  expect((await sample.run("build")).code).toBe(0);
  const { stdout } = await sample.run("guard hits");
  const all = stdout.split("\n").filter((line) => line.includes("wikipedia.org"));
  expect(all.every((line) => line.includes("nsdname lists-of-ns.wikipedia.org"))).toBe(true);
  expect(all.length).toBeGreaterThan(0);
  const owned = await owners("all.rpz.example");
  expect(owned).toContain("lists-of-ns.wikipedia.org");
  expect(owned).not.toContain("lists-of-ns.wikipedia.org.rpz-nsdname");
});

test("a zone read back as a source gives the entries that it was made of", async () => {
  const { stdout } = await sample.run("zone export all.rpz.example");
  const again = sampleFolder({
    "rpzmill.yaml":
      'version: 1\nserver: {listen: ["127.0.0.1:0"]}\nsources:\n  - {id: back, format: rpz, from: lists/back.rpz}\nzones: [zones/all.yaml]\n',
    "lists/back.rpz": stdout,
    "zones/all.yaml": sample.read("zones/all.yaml").replace("mixed", "back"),
  });
  expect((await again.run("build")).code).toBe(0);
  const listed = async (of: Sample, id: string): Promise<string[]> =>
    (await of.run(`source show ${id} --at 2027-01-15T08:00:00Z`)).stdout.split("\n");
  const passes = "safe.example exception exact, first seen 2027-01-15T08:00:00Z";
  expect((await listed(again, "back")).filter((line) => line !== passes)).toEqual(await listed(sample, "mixed"));
  const rules = (text: string): string[] =>
    text.split("\n").filter((line) => / CNAME /.test(line) && !line.includes("passthru"));
  expect(rules((await again.run("zone export all.rpz.example")).stdout)).toEqual(rules(stdout));
});
