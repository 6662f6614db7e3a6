import { expect, test } from "vitest";
import { type Sample, sampleFolder } from "./cli.ts";

/** A word in every name of category csam, and in no other. */
const secret = "vile";

const main = `version: 1
server: {listen: ["127.0.0.1:0"]}
sources:
  - {id: police, format: domains, from: lists/police.txt, category: csam, limit: {percent: 10, entries: 5}}
  - {id: mixed, format: csv, column: name, fields: {id: id, category: kind, confidence: sure, reference: ref, validUntil: until}, from: lists/mixed.csv, category: phishing}
  - {id: drop, folder: inbox, category: csam}
  - {id: tips, format: csv, column: name, fields: {id: id, reference: ref}, from: lists/tips.csv, category: csam, trust: untrusted}
guards:
  - {id: ours, class: protected, from: lists/ours.txt}
zones: zones
`;

const zone = `version: 1
apex: block.rpz.example
take: {categories: [csam, phishing]}
action: nxdomain
limit: {percent: 10, rules: 2}
`;

function policeFolder(): Sample {
  return sampleFolder({
    "rpzmill.yaml": main,
    "zones/malware.yaml": zone,
    "zones/phishing.yaml": zone.replace("block", "other"),
    "lists/police.txt": `a.${secret}-1.example\nb.${secret}-2.example\n${secret}..3.example\n${secret}-4.example/path\nguarded.${secret}-5.example\nx.${secret}-6.notld\n`,
    "lists/mixed.csv": `id,name,kind,sure,ref,until\n1,${secret}-7.example,csam,90,https://${secret}-7.example/x,\n2,shop.example,phishing,90,,\n3,${secret}-8.example,csam,90,,soon\n4,${secret}-12.notld,csam,90,,\n5,${secret}-13.example,csam,90,,\n5,${secret}-13.example,csam,80,,\n`,
    "lists/tips.csv": `id,name,ref\n1,${secret}-14.example,https://${secret}-14.example/x\n`,
    "lists/ours.txt": `guarded.${secret}-5.example\n`,
    "inbox/a.txt": `${secret}-9.example\n${secret}..10.example\n`,
    "inbox/b.txt": `${secret}..11.example\n`,
  });
}

const startSeconds = 1_800_000_000;

/** All that a command prints, `after` so many seconds. */
async function said(sample: Sample, line: string, after = 0): Promise<string> {
  const clock = { nowMs: () => 1000 * (startSeconds + after) };
  const { code, stdout, stderr } = await sample.run(line, { clock });
  expect([0, 1, 3], `${line}: ${stderr}`).toContain(code);
  return stdout + stderr;
}

const commands = [
  "build --dry-run",
  "build --dry-run --list",
  "build --dry-run --json",
  "build",
  "build --json",
  "source list",
  "review list",
  "review list --json",
  "review show r1",
  ...["police", "mixed", "drop"].flatMap((id) => [
    `source show ${id}`,
    `source show ${id} --at ${startSeconds + 50}`,
    `source show ${id} --at ${startSeconds + 50} --json`,
    `source rejects ${id}`,
    `source rejects ${id} --json`,
    `source rejects ${id} --now`,
    `source rejects ${id} --export jsonl`,
    `source held ${id}`,
    `source held ${id} --json`,
    `source diff ${id} ${startSeconds}`,
    `source diff ${id} ${startSeconds} --json`,
  ]),
  "source files drop",
  "source fetch drop --force",
  "entry list mixed",
  "entry list drop --json",
  "guard list",
  "guard hits",
  "guard hits --json",
  "zone list --json",
  "zone show block.rpz.example --json",
  "store list",
  "config check",
];

/** Lists names by the names that somebody gives, or because that is what they are for. */
const unmasked = [
  "entry list mixed --unmask",
  `source show police --at ${startSeconds + 50} --unmask`,
  `source diff police ${startSeconds} --unmask`,
  "guard hits --unmask",
  "zone diff block.rpz.example --unmask",
  "zone export block.rpz.example",
];

test("names of category csam are masked in all that is printed but for what asks for them", {
  timeout: 60_000,
}, async () => {
  const sample = policeFolder();
  const printed: string[] = [];
  let after = 0;
  const shows = async (line: string): Promise<void> => {
    const text = await said(sample, line, after);
    printed.push(text);
    expect(text.toLowerCase(), line).not.toContain(secret);
  };
  await shows("build");
  for (const command of commands) await shows(command);
  // More than the zone may change at once: names that come and such that go.
  sample.write(
    "lists/police.txt",
    Array.from({ length: 6 }, (_, i) => `n${i}.${secret}-new.example\n`).join("") + `guarded.${secret}-5.example\n`,
  );
  after = 100;
  for (const command of commands) await shows(command);
  expect(await said(sample, "source held police --unmask", after)).toContain(secret);
  await shows("build --accept police --accept-zone block.rpz.example");
  await shows("zone diff block.rpz.example");
  await shows("zone diff block.rpz.example --json");
  for (const command of unmasked) expect(await said(sample, command, after), command).toContain(secret);
  expect(await said(sample, `explain ${secret}-7.example`)).toContain(`mixed lists ${secret}-7.example`);
  expect(printed.join("")).toMatch(/\[csam [0-9a-f]{8}\]\.example/);
  expect(printed.join("")).toContain("shop.example");
});

test("explain says how a name is shown elsewhere, so that it can be told from others", async () => {
  const sample = policeFolder();
  await said(sample, "build");
  const diff = await said(sample, `source show police --at ${startSeconds}`, 10);
  const explained = await said(sample, `explain a.${secret}-1.example`);
  const mask = /masked elsewhere as (\[csam [0-9a-f]{8}\]\.example)/.exec(explained)?.[1];
  expect(mask).toBeDefined();
  expect(diff).toContain(`${mask} exact`);
  expect(await said(sample, "explain shop.example")).not.toContain("masked");
});
