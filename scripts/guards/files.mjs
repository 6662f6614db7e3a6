/** The lists of guards/ as files: read, put in order, replaced as a whole; and the MISP warninglists beside them. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { byAddress, readPrefix } from "./addresses.mjs";
import { fail } from "./fail.mjs";

/** Lists of names without their wildcard marks, as `{list, names}` with the file's base name. Suffix rules are left to their own check. */
export function nameLists(folder) {
  return textFiles(folder)
    .filter((file) => !holdsAddresses(file) && !file.endsWith("public-suffixes.txt"))
    .map((file) => ({ list: basename(file, ".txt"), names: entriesOf(file).map((name) => name.replace(/^\*\./, "")) }));
}

/** Lists of addresses and prefixes, as `{list, entries}`. */
export function addressLists(folder) {
  return textFiles(folder)
    .filter(holdsAddresses)
    .map((file) => ({ list: basename(file, ".txt"), entries: entriesOf(file) }));
}

/** Sorts the entries between comment lines and drops repeated ones. The suffix rules are written in order. */
export function sortLists(folder) {
  for (const file of textFiles(folder)) {
    if (file.endsWith("public-suffixes.txt")) continue;
    const sort = holdsAddresses(file) ? sortAddresses : sortNames;
    const lines = [];
    let section = [];
    for (const line of readFileSync(file, "utf8").trimEnd().split("\n")) {
      if (line !== "" && !line.startsWith("#")) section.push(line.toLowerCase());
      else {
        lines.push(...sort(section), line);
        section = [];
      }
    }
    lines.push(...sort(section));
    replaceFile(file, `${lines.join("\n")}\n`);
  }
}

function sortNames(names) {
  const keyed = [...new Set(names)].map((name) => ({ name, key: canonicalKey(name) }));
  return keyed.sort(byKey).map(({ name }) => name);
}

function sortAddresses(entries) {
  const spans = [...new Set(entries)].map((entry) => ({ entry, ...readPrefix(entry) }));
  return spans.sort(byAddress).map(({ entry }) => entry);
}

/** Names compare by their labels from the right (RFC 4034 6.1); NUL comes before all that a label here can hold. */
export function canonicalKey(name) {
  return name.split(".").reverse().join("\0");
}

/** Orders whatever has a `key`. */
export function byKey(a, b) {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

/** A warninglist of a checkout as `{version, list: [text]}`; in the file its list may be an object whose keys are meant. */
export function readWarninglist(checkout, name) {
  const places = [join(checkout, "lists", name, "list.json"), join(checkout, name, "list.json")];
  const file = places.find((place) => existsSync(place));
  if (file === undefined) fail(`Cannot find the warninglist "${name}" in "${checkout}"`);
  const { version, list } = JSON.parse(readFileSync(file, "utf8"));
  return { version, list: Array.isArray(list) ? list : Object.keys(list) };
}

/** Puts a whole new file in the old one's place, or leaves the old one. */
export function replaceFile(file, text) {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  const draft = `${file}.new`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  console.error(`refresh-guards: wrote ${file}`);
}

function holdsAddresses(file) {
  return /-(?:addresses|networks)\.txt$/.test(file);
}

function textFiles(folder) {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".txt"))
    .sort()
    .map((file) => join(folder, file));
}

function entriesOf(file) {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}
