/** The sources that docs/configuration.md prints for well-known tables, tried on tables of that shape. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { isManual } from "../../src/config/source-kinds.ts";
import { parseOptionsOf } from "../../src/feed/feed.ts";
import { read } from "../indicator/format/said-facts.ts";
import { folderOf } from "./folder.ts";

const page = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
const [, printed = ""] = /```yaml\n(sources:\n {2}- id: threatfox\n[^`]*)```/.exec(page) ?? [];
const day = (text: string): number => Date.parse(`${text}Z`) / 1000;

const tables: Readonly<Record<string, string>> = {
  threatfox: `# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias","malware_printable","last_seen_utc","confidence_level","is_compromised","reference","tags","anonymous","reporter"
"2026-11-20 10:00:00", "1", "a.example", "domain", "botnet_cc", "win.x", "Y,Z", "X", "2026-11-22 10:00:00", "100", "False", "https://example.com/1", "c2,x", "0", "reporter"
"2026-11-20 10:00:00", "2", "192.0.2.1:8443", "ip:port", "botnet_cc", "win.x", "None", "X", "", "50", "False", "None", "", "0", "reporter"
`,
  urlhaus: `# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter
"1","2026-11-20 10:00:00","http://a.example/bin.sh","online","2026-11-24 10:00:00","malware_download","elf","https://example.com/1/","reporter"
"2","2026-11-20 10:00:00","http://b.example/bin.sh","offline","","malware_download","None","https://example.com/2/","reporter"
`,
  phishtank: `phish_id,url,phish_detail_url,submission_time,verified,verification_time,online,target
1,https://a.example/login,https://example.com/1,2026-11-20T10:00:00+00:00,yes,2026-11-20T11:00:00+00:00,yes,Other
2,https://b.example/login,https://example.com/2,2026-11-20T10:00:00+00:00,no,,no,Other
`,
  misp: `uuid,event_id,category,type,value,comment,to_ids,date,attribute_tag,event_source_org,event_distribution,event_tag,attribute_distribution
"u1",101,"Network activity","domain","a.example","",1,1795000000,"tlp:green,osint:lifetime=""perpetual""","Org",1,"tlp:red,PAP:RED",5
"u2",101,"Network activity","hostname","b.example","",1,1795000000,"","Org",3,"osint:x","Your organisation only"
"u3",101,"Network activity","domain","c.example","",0,1795000000,"tlp:green","Org",3,"",5
`,
  police: `Aktenzeichen;Domain;Kategorie;gültig ab;gültig bis;Konfidenz;TLP;widerrufen
AZ-1;a.example;Phishing;01.11.2026;31.12.2026;hoch;TLP: AMBER + STRICT;nein
AZ-2;b.example;Phishing;01.11.2026;unbefristet;85,5;;ja
AZ-3;c.example;Phishing;01.11.2026;31.12.2026;;GELB;nein
`,
};

test("sources for well-known tables take what is news, with what is said of it", async () => {
  const ids = [...printed.matchAll(/- id: (\w+)/g)].map(([, id]) => id as string);
  expect(ids).toEqual(Object.keys(tables));
  const folder = folderOf({
    "rpzmill.yaml": `version: 1\n${printed}zones: zone.yaml\n`,
    "zone.yaml": `version: 1\napex: rpz.example\ntake: {sources: [${ids.join(", ")}]}\naction: nxdomain\nfile: true\n`,
    ...Object.fromEntries(ids.map((id) => [`lists/${id}.csv`, tables[id] as string])),
  });
  const { sources, warnings } = loadConfig(join(folder, "rpzmill.yaml"));
  expect(warnings).toEqual([]);
  const said: Record<string, unknown> = {};
  for (const source of sources) {
    if (isManual(source)) throw new TypeError("A source that is printed has a list");
    const parse = await parseOptionsOf({ role: "block", list: source }, () => {});
    if (parse.role === "guard") throw new TypeError("A source is no guard");
    said[source.id] = read(parse, tables[source.id] as string);
  }
  expect(said).toEqual({
    threatfox: {
      said: [
        [
          "+a.example",
          {
            externalId: "1",
            facts: { category: "botnet_cc", confidence: 100, campaign: "X", organisation: "reporter" },
            firstSeen: day("2026-11-20T10:00:00"),
            lastSeen: day("2026-11-22T10:00:00"),
            reference: "https://example.com/1",
          },
        ],
      ],
      rejects: { filtered: 1 },
    },
    urlhaus: {
      said: [
        [
          "+a.example",
          {
            externalId: "1",
            facts: { category: "malware_download", organisation: "reporter" },
            firstSeen: day("2026-11-20T10:00:00"),
            lastSeen: day("2026-11-24T10:00:00"),
            reference: "https://example.com/1/",
          },
        ],
      ],
      rejects: { filtered: 1 },
    },
    phishtank: {
      said: [
        [
          "+a.example",
          {
            externalId: "1",
            facts: { campaign: "Other" },
            firstSeen: day("2026-11-20T10:00:00"),
            lastSeen: day("2026-11-20T11:00:00"),
            reference: "https://example.com/1",
          },
        ],
      ],
      rejects: { filtered: 1 },
    },
    misp: {
      said: [
        [
          "+a.example",
          {
            externalId: "u1",
            facts: {
              category: "network-activity",
              tlp: "red",
              pap: "red",
              distribution: "community",
              organisation: "Org",
            },
            firstSeen: 1_795_000_000,
            reference: "101",
          },
        ],
        [
          "+b.example",
          {
            externalId: "u2",
            facts: { category: "network-activity", distribution: "organisation", organisation: "Org" },
            firstSeen: 1_795_000_000,
            reference: "101",
          },
        ],
      ],
      rejects: { filtered: 1 },
    },
    police: {
      said: [
        [
          "+a.example",
          {
            externalId: "AZ-1",
            facts: { category: "phishing", confidence: 85, tlp: "amber+strict" },
            validFrom: day("2026-10-31T23:00:00"),
            validUntil: day("2026-12-31T23:00:00"),
            reference: "AZ-1",
          },
        ],
        [
          "+b.example",
          {
            externalId: "AZ-2",
            facts: { category: "phishing", confidence: 85 },
            validFrom: day("2026-10-31T23:00:00"),
            revoked: true,
            reference: "AZ-2",
          },
        ],
      ],
      rejects: { "bad-fact": 1 },
    },
  });
});
