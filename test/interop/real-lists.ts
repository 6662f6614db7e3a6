/** Lists as others publish them, each with a plain reader of its own that shares nothing with rpzmill's. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "tldts";
import { nameToAscii } from "../../src/dns/idna.ts";

const folder = fileURLToPath(new URL("../../../shared/data/", import.meta.url));

/** Whether the lists are at hand; says loudly where not. @throws Error in CI, where nobody would see the hole */
export function haveRealLists(): boolean {
  if (existsSync(folder)) return true;
  const message = `Cannot test with real lists: they are not at ${folder}`;
  if ((process.env["CI"] ?? "") !== "") throw new Error(message);
  console.warn(`\n*** SKIPPED: ${message} ***\n`);
  return false;
}

/** Path of one of the files. */
export function realFile(path: string): string {
  return `${folder}${path}`;
}

export interface RealList {
  /** The source's id. */
  readonly id: string;
  readonly path: string;
  /** More than `format: auto` and the path, where a list needs it. */
  readonly settings: Readonly<Record<string, string>>;
  /** What a line says, in its first group. */
  readonly line?: RegExp;
  /** Whether names beneath a listed name are blocked as well. */
  readonly isSubtree: boolean;
}

const plainLine = /^(?![#\s])(\S+)$/;
const hostsLine = /^0\.0\.0\.0\s+(\S+)$/;

export const realLists: readonly RealList[] = [
  { id: "malware", path: "lists/Lists.Malware.txt", settings: { scope: "subtree" }, line: plainLine, isSubtree: true },
  { id: "typo", path: "lists/Lists.Typo.txt", settings: { scope: "subtree" }, line: plainLine, isSubtree: true },
  { id: "phishing-nl", path: "lists/alt-version.phishing-nl.txt", settings: {}, line: plainLine, isSubtree: false },
  { id: "ransomware", path: "lists/ransomware.txt", settings: { scope: "subtree" }, line: hostsLine, isSubtree: true },
  { id: "redirect", path: "lists/redirect.txt", settings: {}, line: hostsLine, isSubtree: false },
  { id: "scam", path: "lists/adguard.scam-ags.txt", settings: {}, line: /^\|\|([^/^$*]+)\^$/, isSubtree: true },
  {
    id: "redirect-30k",
    path: "lists/dnsmasq-redirect-30k.txt",
    settings: {},
    line: /^[a-z]+=\/([^/]+)\//,
    isSubtree: true,
  },
  {
    id: "blackbook",
    path: "lists/blackbook.csv",
    settings: { scope: "subtree" },
    line: /^(?!Domain,)\s*([^,\s]+),/,
    isSubtree: true,
  },
  {
    id: "polkadot",
    path: "lists/polkadot-phishing.json",
    settings: { format: "json", path: "deny" },
    isSubtree: false,
  },
];

export const realAddresses = { id: "malware-ip", path: "lists/malware.ip", line: /^(\d+\.\d+\.\d+\.\d+)$/ } as const;

/** What one of the files says, as it stands there. */
export function itemsOf({ path, line }: Pick<RealList, "path" | "line">): string[] {
  const text = readFileSync(realFile(path), "utf8");
  if (line === undefined) return (JSON.parse(text) as { readonly deny: string[] }).deny;
  return text.split("\n").flatMap((one) => line.exec(one.trimEnd())?.[1] ?? []);
}

/** Names that the JSON list says must not be blocked. */
export function polkadotAllow(): string[] {
  return (JSON.parse(readFileSync(realFile("lists/polkadot-phishing.json"), "utf8")) as { readonly allow: string[] })
    .allow;
}

/** Names of the sheet that lists what is legitimate, as it stands there: with dots in brackets. */
export function legitimateNames(): string[] {
  const text = readFileSync(realFile("csv/turkiye_earthquake_legitimate_iocs.csv"), "utf8");
  return text.split("\n").flatMap((row) => /^domain,([^,]+),legitimate,/.exec(row)?.[1]?.replaceAll("[.]", ".") ?? []);
}

/** The name as one asks for it; undefined for what is no name. */
export function askable(item: string): string | undefined {
  const name = item.trim().replace(/\.$/, "");
  if (/^[\d.]+$/.test(name)) return undefined;
  return nameToAscii(name) || undefined;
}

/** What the public suffix list says of a name: one of ICANN's suffixes, a private one, or none. */
export function suffixKind(name: string): "icann" | "private" | "none" {
  const { publicSuffix, isIcann, isPrivate } = parse(name, { allowPrivateDomains: true });
  if (publicSuffix !== name) return "none";
  return isIcann === true ? "icann" : isPrivate === true ? "private" : "none";
}
