/** Checks the keys of sources of STIX and TAXII against one another. */
import { fault, textAt } from "./check.ts";
import type { YamlFile } from "./document.ts";
import type { Fault } from "./faults.ts";
import { stixKeys } from "./stix-schema.ts";
import { valueAt } from "./value-path.ts";

/** Whether a format is that of a source of STIX, by TAXII, by HTTP or by file. */
export function isStixFormat(format: string | undefined): boolean {
  return format === "stix" || format === "taxii";
}

/** Faults of one source or allow list. */
export function checkStix(yaml: YamlFile, at: readonly PropertyKey[], list: unknown): Fault[] {
  const has = (key: string): boolean => valueAt(list, [key]) !== undefined;
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
