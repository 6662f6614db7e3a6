/** Checks the keys of sources of STIX and TAXII against one another. */
import { entriesAt, fault, textAt } from "./check.ts";
import type { YamlFile } from "./document.ts";
import type { Fault } from "./faults.ts";
import { isStixFormat, stixKeys } from "./stix-schema.ts";
import { valueAt } from "./value-path.ts";

/** Faults of all sources and allow lists. */
export function checkStix(yaml: YamlFile): Fault[] {
  return ["sources", "allow"].flatMap((kind) => {
    if (!Array.isArray(valueAt(yaml.value, [kind]))) return [];
    return entriesAt(yaml.value, kind).flatMap((list, i) => checkOne(yaml, [kind, i], list));
  });
}

function checkOne(yaml: YamlFile, at: readonly PropertyKey[], list: unknown): Fault[] {
  const has = (key: string): boolean => valueAt(list, [key]) !== undefined;
  // Of these others say that nothing about lists has a meaning.
  if (valueAt(list, ["manual"]) === true) return [];
  const format = textAt(list, "format");
  if (at[0] === "allow") {
    if (!isStixFormat(format)) return [];
    return [fault(yaml, [...at, "format"], "is for sources: its indicators are what is malicious")];
  }
  const faults: Fault[] = [];
  if (format === "taxii") {
    if (!has("url")) {
      faults.push(
        fault(yaml, [...at, "format"], "is fetched; give it the url of a TAXII 2.1 server; a file is format: stix"),
      );
    }
    if (has("member")) faults.push(fault(yaml, [...at, "member"], "is for lists that may come as an archive", "key"));
  } else {
    for (const key of Object.keys(stixKeys).filter(has)) {
      faults.push(fault(yaml, [...at, key], "is for format taxii only; set the format", "key"));
    }
  }
  return faults;
}
