/** What a person decides about the lists of guards/: names that others list and we lack, names of ours that block lists name. */
import { readdirSync, readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { join } from "node:path";
import { addressLists, nameLists, readWarninglist } from "./files.mjs";

/** Which warninglists are looked through for additions to which list; resolver lists of 62,000 hosts are of no use here. */
const reviewed = {
  popular: ["tranco10k", "google", "microsoft", "microsoft-office365"],
  shared: ["lots-project", "url-shortener", "link-in-bio", "dynamic-dns"],
  infrastructure: ["captive-portals", "crl-hostname", "rfc6761"],
  "government-and-banks": ["bank-website"],
};

/** Lists of the classes that guard what lies beneath their names too. */
const guardsBeneath = ["infrastructure", "government-and-banks"];

/** Prints, for each list, the names of warninglists that none of ours guards. */
export function reportLacking(folder, checkout) {
  const owner = ownersOf(folder);
  const isGuarded = (name) => owner.has(name) || ancestorsOf(name).some((up) => guardsBeneath.includes(owner.get(up)));
  for (const [list, names] of Object.entries(reviewed))
    for (const warninglist of names) {
      const { version, list: entries } = readWarninglist(checkout, warninglist);
      const lacking = entries.map((entry) => entry.toLowerCase().replace(/^\./, "")).filter((name) => !isGuarded(name));
      console.log(
        `${list}: of ${entries.length} names in ${warninglist} ${version}, ${lacking.length} are guarded by no list here`,
      );
      for (const name of lacking) console.log(`  + ${name}`);
    }
}

/** Prints each line of a block list that has one of our names or addresses in it, and how many. */
export function reportOverlaps(folder, lists) {
  const owner = ownersOf(folder);
  const networks = addressNetworks(folder);
  let count = 0;
  for (const entry of readdirSync(lists, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isFile()) continue;
    const lines = readFileSync(join(lists, entry.name), "utf8").split(/\r?\n/);
    for (const [i, line] of lines.entries()) {
      if (/^\s*([#!;[]|\/\/)/.test(line)) continue;
      for (const token of tokensOf(line.toLowerCase())) {
        const found = owner.get(token) ?? (isIP(token) === 0 ? undefined : networks.find((n) => n.has(token))?.list);
        if (found === undefined || isNullAddress(token)) continue;
        console.log(`${token}  ${found}  ${entry.name}:${i + 1}`);
        count += 1;
      }
    }
  }
  console.log(`${count} lines of block lists name what the lists here guard`);
}

/** Names of ours, each with its list. */
function ownersOf(folder) {
  return new Map(nameLists(folder).flatMap(({ list, names }) => names.map((name) => [name, list])));
}

function ancestorsOf(name) {
  const labels = name.split(".");
  return labels.slice(1).map((_, i) => labels.slice(i + 1).join("."));
}

/** Whatever may be a name or an address, in whatever dialect the line is written. */
function tokensOf(line) {
  const names = (line.match(/[a-z0-9_.-]+/g) ?? []).map((name) => name.replace(/^\.+|\.+$/g, ""));
  return new Set([...names, ...(line.match(/[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*/g) ?? [])]);
}

function isNullAddress(token) {
  return token === "0.0.0.0" || token === "::" || token === "127.0.0.1" || token === "::1";
}

/** Address lists as `{list, has(address)}`. Of networks single addresses may be blocked. */
function addressNetworks(folder) {
  const lists = addressLists(folder).filter(({ list }) => !list.endsWith("-networks"));
  return lists.map(({ list, entries }) => {
    const networks = new BlockList();
    for (const entry of entries) {
      const [address, length] = entry.split("/");
      networks.addSubnet(address, Number(length ?? (isIP(address) === 4 ? 32 : 128)), familyOf(address));
    }
    return { list, has: (address) => networks.check(address, familyOf(address)) };
  });
}

function familyOf(address) {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}
