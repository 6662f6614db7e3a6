/** The refresh of the guard lists, run as a person runs it on a copy of them; with real lists where they are at hand. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const guards = join(root, "guards");
const shared = fileURLToPath(new URL("../../../shared/data/", import.meta.url));
const isThere = existsSync(shared);
if (!isThere) {
  console.warn(`Skipped: the real lists are not at ${shared}`);
  if (process.env["CI"] === "true") throw new Error("The real lists must be there in CI");
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "rpzmill-guards-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

function copyOfLists(): string {
  const folder = join(temporaryFolder(), "guards");
  cpSync(guards, folder, { recursive: true });
  return folder;
}

function refresh(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const script = join(root, "scripts", "refresh-guards.mjs");
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
}

function bytesOf(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}

/** A checkout with all warninglists that the refresh reads, empty where not given. */
function madeUpWarninglists(given: Record<string, unknown>): string {
  const folder = temporaryFolder();
  const names = ["akamai", "cloudflare", "fastly", "tranco10k", "google", "microsoft", "microsoft-office365"].concat(
    ["lots-project", "url-shortener", "link-in-bio", "dynamic-dns", "captive-portals", "crl-hostname", "rfc6761"],
    ["bank-website"],
  );
  for (const name of names) {
    mkdirSync(join(folder, "lists", name), { recursive: true });
    const list = { name, version: 20260101, type: "hostname", list: given[name] ?? [] };
    writeFileSync(join(folder, "lists", name, "list.json"), JSON.stringify(list));
  }
  return folder;
}

describe("the refresh of the guard lists", () => {
  it("says how it is used", () => {
    expect(refresh("--help").stdout).toMatch(/^Usage: node scripts\/refresh-guards\.mjs/);
    const { status, stderr } = refresh("--made-up");
    expect(status).toBe(2);
    expect(stderr).toMatch(/Usage: /);
  });

  it("finds the lists in order and up to date, and leaves no draft behind", () => {
    const folder = copyOfLists();
    expect(refresh("--folder", folder, "--sort")).toEqual(
      expect.objectContaining({ status: 0, stdout: "", stderr: "" }),
    );
    expect(bytesOf(folder)).toEqual(bytesOf(guards));
  });

  it("writes the suffixes anew once their day is given, to the same octets", () => {
    const folder = copyOfLists();
    const file = join(folder, "public-suffixes.txt");
    rmSync(file);
    const { status, stderr } = refresh("--folder", folder);
    expect(status).toBe(1);
    expect(stderr).toMatch(/--date YYYY-MM-DD/);
    expect(existsSync(file)).toBe(false);
    const before = readFileSync(join(guards, "public-suffixes.txt"), "utf8");
    const date = /tldts \S+ \(([\d-]+)\)/.exec(before)?.[1] ?? "";
    expect(refresh("--folder", folder, "--date", date).status).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("sorts each section by itself and drops what is repeated", () => {
    const folder = copyOfLists();
    const names = "# About\n\n# One\nb.example\n-.a.example\na.example\nB.EXAMPLE\n\n# Two\nz.a.example\naa.example\n";
    writeFileSync(join(folder, "made-up.txt"), names);
    writeFileSync(
      join(folder, "made-up-addresses.txt"),
      "# About\n\n2001:db8::/32\n192.0.2.10\n192.0.2.9\n192.0.2.0/24\n",
    );
    expect(refresh("--folder", folder, "--sort").status).toBe(0);
    expect(readFileSync(join(folder, "made-up.txt"), "utf8")).toBe(
      "# About\n\n# One\na.example\n-.a.example\nb.example\n\n# Two\nz.a.example\naa.example\n",
    );
    expect(readFileSync(join(folder, "made-up-addresses.txt"), "utf8")).toBe(
      "# About\n\n192.0.2.0/24\n192.0.2.9\n192.0.2.10\n2001:db8::/32\n",
    );
  });

  it("merges address ranges into the fewest prefixes", () => {
    const folder = copyOfLists();
    const checkout = madeUpWarninglists({
      akamai: [
        "192.0.2.128/25",
        "192.0.2.0/25",
        "192.0.2.77/32",
        "198.51.100.1/32",
        "198.51.100.2/31",
        "203.0.113.0/24",
      ],
      fastly: ["2001:db8:8000::/33", "2001:db8::/33", "2001:db8:0:0:1::/80"],
    });
    expect(refresh("--folder", folder, "--warninglists", checkout).status).toBe(0);
    const text = readFileSync(join(folder, "shared-addresses.txt"), "utf8");
    expect(text.slice(text.indexOf("\n\n"))).toBe(
      "\n\n# Akamai\n192.0.2.0/24\n198.51.100.1/32\n198.51.100.2/31\n203.0.113.0/24\n\n# Cloudflare\n\n\n# Fastly\n2001:db8::/32\n",
    );
  });

  it("prints what warninglists hold and no list does, and adds nothing", () => {
    const folder = copyOfLists();
    const checkout = madeUpWarninglists({
      tranco10k: ["google.com", "lacking.example", "cdn.ocsp.digicert.com"],
      "bank-website": { ".bank.example": "an object has comments" },
    });
    const { status, stdout } = refresh("--folder", folder, "--warninglists", checkout);
    expect(status).toBe(0);
    expect(stdout).toContain(
      "popular: of 3 names in tranco10k 20260101, 1 are guarded by no list here\n  + lacking.example\n",
    );
    expect(stdout).toContain(
      "government-and-banks: of 1 names in bank-website 20260101, 1 are guarded by no list here\n  + bank.example\n",
    );
    expect(stdout).not.toMatch(/google\.com|digicert\.com/);
    const names = "popular.txt";
    expect(bytesOf(folder)[names]).toBe(bytesOf(guards)[names]);
  });

  it("names a warninglist that is absent", () => {
    const { status, stderr } = refresh("--folder", copyOfLists(), "--warninglists", temporaryFolder());
    expect([status, stderr]).toEqual([1, expect.stringMatching(/Cannot find the warninglist "akamai" in /)]);
  });

  it("finds guarded names and addresses in block lists of any dialect", () => {
    const lists = temporaryFolder();
    writeFileSync(
      join(lists, "mixed.txt"),
      [
        "# google.com",
        "! github.com",
        "0.0.0.0 GitHub.com",
        "||t.co^",
        "server=/bit.ly/",
        "https://drive.google.com:443/path",
        "dns.google.",
        "evil.google.com",
        "8.8.8.8",
        '"2606:4700::1234"',
        "192.0.2.1",
      ].join("\r\n"),
    );
    const { stdout } = refresh("--folder", copyOfLists(), "--block-lists", lists);
    expect(stdout.split("\n")).toEqual([
      "github.com  popular  mixed.txt:3",
      "t.co  shared  mixed.txt:4",
      "bit.ly  shared  mixed.txt:5",
      "drive.google.com  shared  mixed.txt:6",
      "dns.google  infrastructure  mixed.txt:7",
      "8.8.8.8  infrastructure-addresses  mixed.txt:9",
      "2606:4700::1234  shared-addresses  mixed.txt:10",
      "7 lines of block lists name what the lists here guard",
      "",
    ]);
  });

  it.skipIf(!isThere)("makes the same ranges of the real warninglists", () => {
    const folder = copyOfLists();
    expect(refresh("--folder", folder, "--warninglists", join(shared, "warninglists")).status).toBe(0);
    expect(bytesOf(folder)).toEqual(bytesOf(guards));
  });

  it.skipIf(!isThere)("meets the real block lists in as many lines as were reviewed", () => {
    const { stdout } = refresh("--folder", copyOfLists(), "--block-lists", join(shared, "lists"));
    const counts: Record<string, number> = {};
    for (const line of stdout.split("\n")) {
      const [, list, place] = /^\S+ {2}(\S+) {2}(.+):\d+$/.exec(line) ?? [];
      // Its array `allow` names shared hosts on purpose.
      if (list === undefined || place === "polkadot-phishing.json") continue;
      counts[`${list} ${place}`] = (counts[`${list} ${place}`] ?? 0) + 1;
    }
    // A new one is to be looked at by itself: does the guard or the block list err?
    expect(counts).toEqual({
      "front-end-addresses malware.ip": 76,
      "government-and-banks alt-version.phishing-nl.txt": 1,
      "popular Lists.Malware.txt": 2,
      "popular Lists.Typo.txt": 3,
      "popular adguard.scam-ags.txt": 2,
      "popular alt-version.phishing-nl.txt": 8,
      "popular redirect.txt": 1,
      "popular-addresses malware.ip": 35,
      "shared Lists.Malware.txt": 31,
      "shared alt-version.phishing-nl.txt": 13,
      "shared redirect.txt": 4,
      "shared-addresses malware.ip": 117,
    });
  });
});
