/** Checks the keys of policy zones that are fetched from their primaries against one another, and against the keys of TSIG. */
import { foldName } from "../dns/name.ts";
import { entriesAt, fault, textAt } from "./check.ts";
import type { YamlFile } from "./document.ts";
import type { Fault } from "./faults.ts";
import { fetchKeys } from "./fetch-schema.ts";
import { didYouMean } from "./suggest.ts";
import { transferKeys } from "./transfer-schema.ts";
import { valueAt } from "./value-path.ts";

type Path = readonly PropertyKey[];

/** Keys of lists by HTTP that zones have as well. */
const sharedKeys: readonly string[] = ["every", "timeoutSeconds", "fetchedBytesMax"];

/** Faults of all sources that are policy zones from a primary, or have keys of such. */
export function checkTransfers(yaml: YamlFile): Fault[] {
  const keys = entriesAt(yaml.value, "keys").flatMap((key) => textAt(key, "name") ?? []);
  return entriesAt(yaml.value, "sources").flatMap((entry, i) => checkTransfer(yaml, ["sources", i], entry, keys));
}

/** Whether an entry is fetched from a primary. */
export function isTransfer(entry: unknown): boolean {
  return valueAt(entry, ["primary"]) !== undefined;
}

function checkTransfer(yaml: YamlFile, at: Path, entry: unknown, keys: readonly string[]): Fault[] {
  const has = (key: string): boolean => valueAt(entry, [key]) !== undefined;
  const say = (key: string, message: string, part: "key" | "value" = "key"): Fault =>
    fault(yaml, [...at, key], message, part);
  if (!isTransfer(entry)) {
    const needing = Object.keys(transferKeys).filter(has);
    return needing.map((key) => say(key, "is for policy zones from a primary; give it a primary"));
  }
  const faults: Fault[] = [];
  for (const other of ["from", "url"]) {
    if (has(other)) faults.push(say(other, "cannot stand beside primary: a list is from one place"));
  }
  const ofHttp = Object.keys(fetchKeys).filter((key) => key !== "url" && !sharedKeys.includes(key) && has(key));
  for (const key of ofHttp) faults.push(say(key, "is for lists by HTTP; a primary is asked by DNS"));
  if (has("refreshSeconds"))
    faults.push(say("refreshSeconds", "is for files; the SOA of a zone says how often to ask"));
  if (!has("apex")) faults.push(say("apex", "is missing; it should be the name of the zone at its primary", "value"));
  if (textAt(entry, "format") !== "rpz") {
    faults.push(say("format", "should be rpz where a list is a policy zone from a primary", "value"));
  }
  const key = textAt(entry, "key");
  if (key !== undefined && !keys.map(foldName).includes(foldName(key))) {
    faults.push(say("key", `"${key}" is no name under keys${didYouMean(key, keys)}`, "value"));
  }
  const hasTls = (name: string): boolean => valueAt(entry, ["tls", name]) !== undefined;
  for (const [one, other] of [
    ["certificateFile", "privateKeyFile"],
    ["privateKeyFile", "certificateFile"],
  ] as const) {
    if (hasTls(one) && !hasTls(other)) faults.push(fault(yaml, [...at, "tls", one], `needs ${other} beside it`, "key"));
  }
  return faults;
}
