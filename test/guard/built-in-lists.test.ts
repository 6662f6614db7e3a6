/** The lists of built-in guards: each file's form, what must stand in them and what must not, and what real lists have in common with them. */
import { readdirSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { fileURLToPath } from "node:url";
import { getDomain, parse } from "tldts";
import { describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL("../../guards/", import.meta.url));

interface List {
  /** The comment lines before the first entry or section. */
  readonly header: string;
  /** Entries between comment lines, in the file's order. */
  readonly sections: readonly (readonly string[])[];
  readonly entries: readonly string[];
}

function readList(file: string): List {
  const text = readFileSync(`${folder}${file}`, "utf8");
  const [header = "", ...rest] = text.split("\n\n");
  const sections = rest.map((part) => part.split("\n").filter((line) => line !== "" && !line.startsWith("#")));
  return { header, sections, entries: sections.flat() };
}

const classes: Record<string, string> = {
  "popular.txt": "popular",
  "shared.txt": "shared",
  "infrastructure.txt": "infrastructure",
  "government-and-banks.txt": "protected",
  "infrastructure-addresses.txt": "infrastructure",
  "shared-addresses.txt": "shared",
  "front-end-addresses.txt": "shared",
  "popular-addresses.txt": "popular",
  "cloud-networks.txt": "network",
  "public-suffixes.txt": "public-suffix",
};
const nameFiles = ["popular.txt", "shared.txt", "infrastructure.txt", "government-and-banks.txt"];
const addressFiles = [
  "infrastructure-addresses.txt",
  "shared-addresses.txt",
  "front-end-addresses.txt",
  "popular-addresses.txt",
  "cloud-networks.txt",
];
const lists = new Map(Object.keys(classes).map((file) => [file, readList(file)]));

function listOf(file: string): List {
  const list = lists.get(file);
  if (list === undefined) throw new Error(`No list ${file}`);
  return list;
}

/** RFC 4034 6.1: labels from the right, octet by octet, a name before what lies beneath it. */
function compareNames(a: string, b: string): number {
  const [x, y] = [a.split(".").reverse(), b.split(".").reverse()];
  for (const [i, label] of x.entries()) {
    const other = y[i];
    if (other === undefined) return 1;
    if (label !== other) return label < other ? -1 : 1;
  }
  return x.length - y.length;
}

/** Address as 32 hexadecimal digits, an IPv4 one before all IPv6 ones. */
function addressKey(address: string): string {
  if (isIP(address) === 4)
    return `4${address
      .split(".")
      .map((octet) => Number(octet).toString(16).padStart(2, "0"))
      .join("")}`;
  const [head = "", tail] = address.split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const left = groups(head);
  const right = groups(tail ?? "");
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return `6${[...left, ...zeros, ...right].map((group) => group.padStart(4, "0")).join("")}`;
}

describe("the lists of built-in guards", () => {
  it("are the files of the folder, no more and no fewer", () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(classes).sort());
  });

  it.each(Object.keys(classes))("%s names its class, sources with dates, licence, review and refresh", (file) => {
    const { header } = listOf(file);
    expect(header).toMatch(new RegExp(`^# Class: ${classes[file]}\\.`, "m"));
    expect(header).toMatch(/^# Source: /m);
    expect(header).toMatch(/\b(20\d\d-\d\d-\d\d|20\d{6})\b/);
    expect(header).toMatch(/^# Licence: .*(Apache-2\.0|CC0 1\.0|Mozilla Public License 2\.0)/m);
    expect(header).toMatch(/^# Review: /m);
    expect(header).toMatch(/^# Refresh: .*refresh-guards|^# Refresh: by hand/m);
  });

  it.each(nameFiles)("%s holds lower-case host names as A-labels, each section in canonical order", (file) => {
    const { sections, entries } = listOf(file);
    expect(entries.length).toBeGreaterThan(300);
    // Only what is shared has names that are guarded with all beneath them.
    const bare = entries.map((name) => (file === "shared.txt" ? name.replace(/^\*\./, "") : name));
    const malformed = bare.filter(
      (name) => !/^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name),
    );
    expect(malformed).toEqual([]);
    for (const names of sections) expect(names).toEqual(names.toSorted(compareNames));
  });

  it.each(addressFiles)("%s holds addresses and prefixes without host bits, each section by value", (file) => {
    const { sections, entries } = listOf(file);
    expect(entries.length).toBeGreaterThan(100);
    for (const entry of entries) {
      const [address = "", length, ...more] = entry.split("/");
      const bits = isIP(address) === 4 ? 32 : 128;
      expect([isIP(address) !== 0, more.length], entry).toEqual([true, 0]);
      if (length === undefined) continue;
      const digits = BigInt(`0x${addressKey(address).slice(1)}`);
      expect(Number(length), entry).toBeLessThanOrEqual(bits);
      expect(digits & ((1n << BigInt(bits - Number(length))) - 1n), entry).toBe(0n);
    }
    for (const section of sections) {
      const keys = section.map((entry) => addressKey(entry.split("/")[0] ?? ""));
      expect(keys).toEqual(keys.toSorted());
    }
  });

  it.each(Object.keys(classes))("%s repeats nothing", (file) => {
    const { entries } = listOf(file);
    expect(entries.length - new Set(entries).size).toBe(0);
  });

  it("hold a name in one list only", () => {
    const names = nameFiles.flatMap((file) => listOf(file).entries.map((name) => name.replace(/^\*\./, "")));
    const seen = new Set<string>();
    expect(names.filter((name) => seen.size === seen.add(name).size)).toEqual([]);
  });

  it("leave ICANN's suffixes to the list of suffixes, and hold no name under an unknown top-level domain", () => {
    for (const file of ["popular.txt", "shared.txt", "government-and-banks.txt"]) {
      const found = listOf(file).entries.filter((entry) => {
        const name = entry.replace(/^\*\./, "");
        const { publicSuffix, isIcann } = parse(name, { allowPrivateDomains: false });
        return isIcann !== true || publicSuffix === name;
      });
      expect(found, file).toEqual([]);
    }
  });

  it("guard the www host of each registrable name, since lists of URLs name that", () => {
    const names = new Set(nameFiles.flatMap((file) => listOf(file).entries));
    // The second section of popular.txt holds hosts.
    const sites = [...(listOf("popular.txt").sections[0] ?? []), ...listOf("shared.txt").entries];
    const lacking = sites.filter(
      (name) => getDomain(name, { allowPrivateDomains: true }) === name && !names.has(`www.${name}`),
    );
    expect(sites.length).toBeGreaterThan(10_000);
    expect(lacking).toEqual([]);
  });

  it.each([
    ["popular.txt", "google.com www.google.com accounts.google.com google.de google.co.jp youtube.com facebook.com"],
    [
      "popular.txt",
      "amazon.de amazon.co.jp apple.com icloud-content.com microsoft.com live.com login.live.com github.com",
    ],
    ["popular.txt", "en.wikipedia.org baidu.com qq.com yandex.ru mail.ru naver.com yahoo.co.jp bbc.co.uk lemonde.fr"],
    [
      "popular.txt",
      "globo.com mercadolibre.com.ar tokopedia.com jumia.com.ng safaricom.co.ke telstra.com.au hao123.com",
    ],
    ["shared.txt", "drive.google.com docs.google.com t.co bit.ly www.dropbox.com tinyurl.com youtu.be t.me"],
    ["shared.txt", "s3.amazonaws.com s3.eu-west-1.amazonaws.com blob.core.windows.net storage.googleapis.com"],
    ["shared.txt", "github.io raw.githubusercontent.com cdn.discordapp.com workers.dev pages.dev web.app blogspot.com"],
    [
      "shared.txt",
      "duckdns.org hopto.org zapto.org 3322.org esy.es 000webhostapp.com ngrok.io sharepoint.com pastebin.com",
    ],
    ["infrastructure.txt", "dns.google one.one.one.one cloudflare-dns.com dns.quad9.net ocsp.digicert.com lencr.org"],
    [
      "infrastructure.txt",
      "captive.apple.com msftconnecttest.com detectportal.firefox.com connectivitycheck.gstatic.com",
    ],
    [
      "infrastructure.txt",
      "windowsupdate.com deb.debian.org security.ubuntu.com registry.npmjs.org pypi.org pool.ntp.org",
    ],
    [
      "infrastructure.txt",
      "awsdns-00.com awsdns-63.co.uk ns1.google.com ns.cloudflare.com domaincontrol.com azure-dns.com sns-pb.isc.org",
    ],
    [
      "popular.txt",
      "www.googleapis.com www.kpn.com old.reddit.com m.facebook.com mobile.twitter.com en.m.wikipedia.org",
    ],
    ["shared.txt", "ct.sendgrid.net go.pardot.com list-manage.com sendgrid.net hubspot.com cdn.ampproject.org"],
    ["shared.txt", "hf.co awsstatic.com cos.ap-guangzhou.myqcloud.com *.fbcdn.net *.ggpht.com 2ly.link tr.im x.co"],
    ["popular.txt", "rzone.de anycast.me schlundtech.de easydns.com transip.net"],
    [
      "infrastructure.txt",
      "docks02.rzone.de shades02.rzone.de ns200.anycast.me nsa1.schlundtech.de dns1.easydns.com dns10.ovh.net ns10.ovh.net",
    ],
    ["popular.txt", "technorail.com udag.de mittwald.de hostnet.nl combell.net"],
    [
      "infrastructure.txt",
      "ns5.kasserver.com dns.technorail.com ns41.infomaniak.com name-services.com ns.udag.de ns.inwx.de nsa.mittwald.de ns1.your-server.de",
    ],
    [
      "infrastructure.txt",
      "ns.wedos.net ns1.active24.cz ns1.websitewelcome.com ns1.xserver.jp ns1.simply.com nsx.hostnet.nl ns1.combell.net rcode0.net",
    ],
    ["infrastructure-addresses.txt", "205.251.192.0/21 156.154.64.0/22 156.154.100.0/22"],
    ["shared.txt", "*.safelinks.protection.outlook.com urldefense.com *.mediafire.com *.gofile.io"],
    ["infrastructure.txt", "root-servers.net gtld-servers.net iana.org ripe.net home.arpa 10.in-addr.arpa localhost"],
    [
      "government-and-banks.txt",
      "europa.eu interpol.int bund.de irs.gov www.gov.uk impots.gouv.fr paypal.com hsbc.com",
    ],
    [
      "infrastructure-addresses.txt",
      "8.8.8.8 1.1.1.1 9.9.9.9 208.67.222.222 2001:4860:4860::8888 198.41.0.4 2001:dc3::35",
    ],
    ["shared-addresses.txt", "104.16.0.0/13 151.101.0.0/16 2606:4700::/32"],
    [
      "front-end-addresses.txt",
      "13.32.0.0/15 13.107.0.0/16 185.199.108.0/22 76.76.21.0/24 192.0.64.0/18 2600:9000::/28",
    ],
    ["popular-addresses.txt", "17.0.0.0/8 142.250.0.0/15 157.240.0.0/16 140.82.112.0/20 2a00:1450::/32 2a03:2880::/32"],
    ["cloud-networks.txt", "3.80.0.0/12 13.64.0.0/11 35.192.0.0/12 104.131.0.0/16 144.76.0.0/16 2a01:4f8::/32"],
  ])("%s holds %s", (file, wanted) => {
    const entries = new Set(listOf(file).entries);
    expect(wanted.split(" ").filter((name) => !entries.has(name))).toEqual([]);
  });

  it.each([
    [
      "ad servers",
      "doubleclick.net googlesyndication.com googleadservices.com criteo.com taboola.com outbrain.com adnxs.com",
    ],
    [
      "trackers",
      "google-analytics.com googletagmanager.com scorecardresearch.com hotjar.com mixpanel.com amplitude.com facebook.net newrelic.com ampproject.net",
    ],
    ["pornography and gambling", "pornhub.com xvideos.com xhamster.com stripchat.com bet365.com 1xbet.com stake.com"],
    ["piracy", "thepiratebay.org 1337x.to fmovies.co rapidgator.net turbobit.net"],
    ["parking", "sedoparking.com parkingcrew.net bodis.com"],
    ["loggers and paid redirects", "iplogger.org grabify.link adf.ly q.gs linkvertise.com"],
    ["switches that operators block on purpose", "use-application-dns.net mask.icloud.com mask-h2.icloud.com"],
    ["zones with phishing beneath", "arpa in-addr.arpa ip6.arpa"],
    ["whole government zones", "gov.uk gob.mx police.uk nhs.uk gouv.fr gov.br"],
    ["names for documentation and trials", "example example.com example.net example.org test invalid"],
  ])("hold no %s", (_, unwanted) => {
    const names = new Set(nameFiles.flatMap((file) => listOf(file).entries));
    expect(unwanted.split(" ").filter((name) => names.has(name))).toEqual([]);
  });
});
