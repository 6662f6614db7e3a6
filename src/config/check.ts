/**
 * Checks what ties values together: names used twice, names used and never given, keys that exclude one another.
 * It reads the raw values, so that a fault of form in one place hides no fault of meaning in another.
 */
import { foldName } from "../dns/name.ts";
import { readFormats } from "../indicator/format/format.ts";
import type { YamlFile } from "./document.ts";
import type { Fault } from "./faults.ts";
import { fetchKeys } from "./fetch-schema.ts";
import { hasOldLimit } from "./guard-schema.ts";
import { isMispFormat, mispKeys } from "./misp-schema.ts";
import { isStixFormat, stixKeys } from "./stix-schema.ts";
import { didYouMean } from "./suggest.ts";
import { transferKeys } from "./transfer-schema.ts";
import { valueAt } from "./value-path.ts";
import { isLocalData, localDataSchema } from "./zone-schema.ts";

type Path = readonly PropertyKey[];

export function fault(yaml: YamlFile, path: Path, message: string, part: "key" | "value" = "value"): Fault {
  return { code: "CONFIG_INVALID", ...yaml.place(path, part), message };
}

/** The entries of a list at a key; none where there is no list. */
export function entriesAt(value: unknown, ...path: Path): readonly unknown[] {
  const list = valueAt(value, path);
  if (Array.isArray(list)) return list;
  return list === undefined || list === null || typeof list === "object" ? [] : [list];
}

export function textAt(value: unknown, ...path: Path): string | undefined {
  const text = valueAt(value, path);
  return typeof text === "string" ? text : undefined;
}

/** What a zone file may refer to. */
export interface Known {
  readonly sources: readonly string[];
  readonly categories: readonly string[];
  /** Whether a source has a category of its own for each entry, so that any may come. */
  readonly hasAnyCategory: boolean;
  readonly keys: readonly string[];
  /** Whether transfers over TLS are served, and clients asked for certificates. */
  readonly hasTls: boolean;
  readonly hasClientCa: boolean;
}

/** The names that the main file gives; `categoryDefault` is that of a source without one. */
export function knownNames(main: unknown, categoryDefault: string): Known {
  const sources = entriesAt(main, "sources");
  return {
    sources: sources.flatMap((source) => textAt(source, "id") ?? []),
    categories: [...new Set(sources.map((source) => textAt(source, "category") ?? categoryDefault))],
    hasAnyCategory: sources.some(
      (source) =>
        valueAt(source, ["manual"]) === true ||
        isMispFormat(textAt(source, "format")) ||
        isStixFormat(textAt(source, "format")) ||
        valueAt(source, ["fields", "category"]) !== undefined,
    ),
    keys: entriesAt(main, "keys")
      .flatMap((key) => textAt(key, "name") ?? [])
      .map(foldName),
    hasTls: valueAt(main, ["server", "tls"]) !== undefined,
    hasClientCa: valueAt(main, ["server", "tls", "clientCaFile"]) !== undefined,
  };
}

/** Faults between values of the main file. */
export function checkMain(yaml: YamlFile): Fault[] {
  const main = yaml.value;
  const faults: Fault[] = [
    ...repeated(yaml, [...paths(main, "sources", "id"), ...paths(main, "allow", "id")]),
    ...repeated(yaml, paths(main, "keys", "name")),
    ...repeated(yaml, paths(main, "guards", "id")),
    ...repeated(yaml, [
      ...listensOf(main, "server", "listen"),
      // Any free port is another one each time.
      ...listensOf(main, "server", "tls", "listen").filter((at) => textAt(main, ...at)?.endsWith(":0") !== true),
    ]),
  ];
  for (const kind of ["sources", "allow"]) {
    for (const [i, list] of entriesAt(main, kind).entries()) {
      const at = [kind, i];
      if (kind === "sources" && valueAt(list, ["manual"]) === true) faults.push(...checkManual(yaml, at, list));
      else faults.push(...checkFile(yaml, kind, at, list), ...checkList(yaml, kind, at, list));
    }
  }
  for (const [i, key] of entriesAt(main, "keys").entries()) {
    const ways = ["secretFile", "secretEnv"].filter((way) => valueAt(key, [way]) !== undefined);
    if (ways.length === 0) faults.push(fault(yaml, ["keys", i], "has no secret; give it a secretFile or a secretEnv"));
    if (ways.length === 2) faults.push(fault(yaml, ["keys", i, "secretEnv"], "cannot stand beside secretFile", "key"));
  }
  return faults;
}

function listensOf(main: unknown, ...at: string[]): Path[] {
  const isList = Array.isArray(valueAt(main, at));
  return entriesAt(main, ...at).map((_, i) => (isList ? [...at, i] : at));
}

function paths(main: unknown, list: string, key: string): Path[] {
  return entriesAt(main, list).map((_, i) => [list, i, key]);
}

/** Faults for values that stand more than once among those at `at`. */
function repeated(yaml: YamlFile, at: readonly Path[]): Fault[] {
  const first = new Map<string, number | undefined>();
  const faults: Fault[] = [];
  for (const path of at) {
    const text = textAt(yaml.value, ...path);
    if (text === undefined) continue;
    const name = foldName(text);
    const line = first.get(name);
    if (first.has(name)) faults.push(fault(yaml, path, `"${text}" is there already, at line ${line}`));
    else first.set(name, yaml.place(path).line);
  }
  return faults;
}

/** Formats whose entries are compared with what they say, or with what `triggers` says. */
const ownTriggers: readonly string[] = ["rpz", "misp", "stix"];

const formatsOfKey: Readonly<Record<string, readonly string[]>> = {
  // The rules of a policy zone have triggers of their own.
  names: readFormats.filter((format) => !ownTriggers.includes(format)),
  addresses: readFormats.filter((format) => !ownTriggers.includes(format)),
  column: ["csv", "json"],
  path: ["json"],
  where: ["csv", "json"],
  fields: ["csv", "json"],
  categories: ["csv", "json", "misp", "misp-feed", "stix", "taxii"],
  localData: ["rpz"],
  actions: ["rpz"],
};

function inWords(formats: readonly string[]): string {
  return [formats.slice(0, -1).join(", "), ...formats.slice(-1)].filter((part) => part !== "").join(" and ");
}

/** Keys that say how facts are read. */
const besideFields = ["decay", "optionalFields", "dateFormat", "timeZone", "confidenceScale", "categories"];

/** Keys that say how a list is read. */
const keysOfLists = [
  "from",
  "folder",
  "format",
  "column",
  "path",
  "wildcard",
  "where",
  "limit",
  "guard",
  "expandedBytesMax",
  "localData",
  "actions",
  "refreshSeconds",
  "names",
  "addresses",
  "fields",
  "optionalFields",
  "dateFormat",
  "timeZone",
  "confidenceScale",
  "categories",
  "trust",
  ...Object.keys(mispKeys),
  ...Object.keys(stixKeys),
];

/** Formats whose entries have facts of their own. */
const formatsWithFacts = ["misp", "misp-feed", "stix", "taxii"];

/** The fault of a source whose entries should wait for people, and of which the store keeps names alone. */
function checkTrust(yaml: YamlFile, at: Path, list: unknown): Fault[] {
  const hasRowsAnyway = ["fields", "folder"].some((key) => valueAt(list, [key]) !== undefined);
  const hasFacts = hasRowsAnyway || formatsWithFacts.includes(textAt(list, "format") ?? "");
  if (textAt(list, "trust") !== "untrusted" || hasFacts) return [];
  const message =
    "should be automatic or trusted: entries of a list without fields cannot wait for people one by one; " +
    "read it as csv or json, and say with `fields` which column has what";
  return [fault(yaml, [...at, "trust"], message)];
}

/** The fault of a source that names no list. */
function checkFile(yaml: YamlFile, kind: string, at: Path, list: unknown): Fault[] {
  if (kind !== "sources" || typeof list !== "object") return [];
  if (["from", "url", "primary", "folder"].some((key) => valueAt(list, [key]) !== undefined)) return [];
  const message =
    "is missing; it should be the path of a list; in its place may be `url`, `primary`, `folder`, or `manual: true` where people keep the entries";
  return [fault(yaml, [...at, "from"], message)];
}

/** Faults of a source whose entries people keep. */
function checkManual(yaml: YamlFile, at: Path, source: unknown): Fault[] {
  return [...keysOfLists, ...Object.keys(fetchKeys), ...Object.keys(transferKeys)]
    .filter((key) => valueAt(source, [key]) !== undefined)
    .map((key) =>
      fault(yaml, [...at, key], "is for sources with a list; people keep the entries of a manual one", "key"),
    );
}

function checkList(yaml: YamlFile, kind: string, at: Path, list: unknown): Fault[] {
  const faults: Fault[] = [];
  if (valueAt(list, ["limit"]) !== undefined && hasOldLimit(list, kind)) {
    faults.push(fault(yaml, [...at, "guard"], "is the old name of limit, which stands here too; keep one", "key"));
  }
  const format = textAt(list, "format");
  for (const [key, formats] of Object.entries(formatsOfKey)) {
    if (valueAt(list, [key]) === undefined || (format !== undefined && formats.includes(format))) continue;
    faults.push(fault(yaml, [...at, key], `is for format ${inWords(formats)} only; set the format`, "key"));
  }
  const column = valueAt(list, ["column"]);
  if (format === "json" && typeof column === "number") {
    faults.push(fault(yaml, [...at, "column"], "should be the name of a field where the format is json"));
  }
  const fields = valueAt(list, ["fields"]);
  if (format === "json" && typeof fields === "object" && fields !== null) {
    const numbered = Object.entries(fields).filter(([, field]) =>
      [field].flat().some((one) => typeof one === "number"),
    );
    for (const [key] of numbered) {
      faults.push(fault(yaml, [...at, "fields", key], "should be the name of a field where the format is json"));
    }
  }
  const ownFacts = isMispFormat(format) || isStixFormat(format) ? ["decay", "categories"] : [];
  for (const key of besideFields) {
    if (valueAt(list, [key]) === undefined || fields !== undefined || ownFacts.includes(key)) continue;
    faults.push(fault(yaml, [...at, key], "is for sources with fields; say which columns have the facts", "key"));
  }
  return [
    ...faults,
    ...checkTrust(yaml, at, list),
    ...checkOptionalFields(yaml, at, list),
    ...checkOrganisationCap(yaml, at, list),
  ];
}

/** Formats whose entries name the organisation that made them by themselves. */
const formatsWithOrganisation = ["misp", "misp-feed", "stix", "taxii"];

function checkOrganisationCap(yaml: YamlFile, at: Path, list: unknown): Fault[] {
  const path = ["guard", "newPerDayByOrganisation"];
  if (valueAt(list, path) === undefined || valueAt(list, ["fields", "organisation"]) !== undefined) return [];
  if (formatsWithOrganisation.includes(textAt(list, "format") ?? "")) return [];
  const message = "is for sources whose rows name an organisation; say by fields.organisation which column does";
  return [fault(yaml, [...at, ...path], message, "key")];
}

function checkOptionalFields(yaml: YamlFile, at: Path, list: unknown): Fault[] {
  const optional = [valueAt(list, ["optionalFields"]) ?? []].flat();
  return optional.flatMap((field, i) => {
    const isKnown = typeof field !== "string" || valueAt(list, ["fields", field]) !== undefined;
    const message = "is not in fields, so that nothing of it may be missing";
    return isKnown ? [] : [fault(yaml, [...at, "optionalFields", i], message)];
  });
}

/** Keys of which a zone needs one, to take anything. */
const takeKeys = ["sources", "categories", "campaigns", "families", "events"];

/** Faults between values of one zone's file and the main file's names. */
export function checkZone(yaml: YamlFile, known: Known): Fault[] {
  const zone = yaml.value;
  const faults: Fault[] = [];
  const unknown = (path: Path, name: string, what: string, names: readonly string[], part?: "key"): void => {
    if (!names.includes(name))
      faults.push(fault(yaml, path, `"${name}" is no ${what}${didYouMean(name, names)}`, part));
  };
  const references = [
    ["sources", known.sources, "source's id", false],
    ["categories", known.categories, "category that a source has", known.hasAnyCategory],
  ] as const;
  for (const [key, names, what, isOpen] of references) {
    const entries = entriesAt(zone, "take", key);
    for (const [i, name] of entries.entries()) {
      if (typeof name === "string" && !isOpen) unknown(["take", key, i], name, what, names);
    }
    faults.push(
      ...repeated(
        yaml,
        entries.map((_, i) => ["take", key, i]),
      ),
    );
  }
  const take = valueAt(zone, ["take"]);
  if (typeof take === "object" && take !== null && !takeKeys.some((key) => key in take)) {
    faults.push(fault(yaml, ["take"], "takes nothing; name sources or categories"));
  }
  for (const name of categoriesOfAction(zone)) {
    // What was meant may as well be a record type, which would make this object an action of its own.
    if (!known.hasAnyCategory && !known.categories.includes(name)) {
      const meant = didYouMean(name, [...known.categories, ...Object.keys(localDataSchema.shape), "default"]);
      faults.push(fault(yaml, ["action", name], `"${name}" is no category that a source has${meant}`, "key"));
    }
  }
  for (const [i, entry] of entriesAt(zone, "transfer").entries()) {
    const key = textAt(entry, "key");
    if (key !== undefined) unknown(["transfer", i, "key"], foldName(key), "key of the main file", known.keys);
    if (textAt(entry, "tlsName") !== undefined && !known.hasClientCa) {
      const message = "needs server.tls.clientCaFile in the main file: without it no client is asked for a certificate";
      faults.push(fault(yaml, ["transfer", i, "tlsName"], message, "key"));
    }
    if (typeof entry === "object" && entry !== null && Object.keys(entry).length === 0) {
      faults.push(fault(yaml, ["transfer", i], "allows no one; give it an address, a key or a tlsName"));
    }
  }
  if (valueAt(zone, ["require"]) === "tls" && !known.hasTls) {
    faults.push(fault(yaml, ["require"], "needs server.tls in the main file: nobody could transfer this zone", "key"));
  }
  faults.push(...checkNs(yaml));
  return faults;
}

/** The categories that an action names; none where the action is the same for all. */
function categoriesOfAction(zone: unknown): string[] {
  const action = valueAt(zone, ["action"]);
  if (typeof action !== "object" || action === null || Array.isArray(action)) return [];
  return isLocalData(action) ? [] : Object.keys(action).filter((key) => key !== "default");
}

/** A name server inside the zone would need address records there, and each of those would be a rule. */
function checkNs(yaml: YamlFile): Fault[] {
  const apex = textAt(yaml.value, "apex");
  if (apex === undefined) return [];
  return entriesAt(yaml.value, "ns").flatMap((name, i) =>
    typeof name === "string" && `.${foldName(name)}`.endsWith(`.${foldName(apex)}`)
      ? [fault(yaml, ["ns", i], `"${name}" lies in the zone itself, which holds no addresses; name one outside`)]
      : [],
  );
}

/** Faults for zones of one apex, naming both files. */
export function checkApexes(zones: readonly YamlFile[]): Fault[] {
  const first = new Map<string, YamlFile>();
  const faults: Fault[] = [];
  for (const yaml of zones) {
    const apex = textAt(yaml.value, "apex");
    if (apex === undefined) continue;
    const other = first.get(foldName(apex));
    if (other === undefined) first.set(foldName(apex), yaml);
    else {
      const { line } = other.place(["apex"]);
      faults.push(
        fault(yaml, ["apex"], `"${apex}" is the apex of another zone already, in "${other.file}" line ${line}`),
      );
    }
  }
  return faults;
}

/** Faults for allow lists of zones that there are not. */
export function checkAllowZones(main: YamlFile, zones: readonly YamlFile[]): Fault[] {
  const apexes = zones.flatMap(({ value }) => textAt(value, "apex") ?? []).map(foldName);
  return entriesAt(main.value, "allow").flatMap((_, i) => {
    const at: Path = ["allow", i, "zones"];
    const isList = Array.isArray(valueAt(main.value, at));
    const paths = entriesAt(main.value, ...at).map((__, j) => (isList ? [...at, j] : at));
    const unknown = paths.filter((path) => {
      const text = textAt(main.value, ...path);
      return text !== undefined && !apexes.includes(foldName(text));
    });
    return unknown.map((path) => {
      const name = textAt(main.value, ...path) as string;
      return fault(main, path, `"${name}" is no zone's apex${didYouMean(name, apexes)}`);
    });
  });
}
