/** Checks the keys of sources of MISP against one another. */
import { fault, textAt } from "./check.ts";
import { isStixFormat } from "./check-stix.ts";
import type { YamlFile } from "./document.ts";
import type { Fault } from "./faults.ts";
import { mispKeys } from "./misp-schema.ts";
import { valueAt } from "./value-path.ts";

/** Whether a format is that of a source of MISP, by REST, by feed or by file. */
export function isMispFormat(format: string | undefined): boolean {
  return format === "misp" || format === "misp-feed";
}

/** Keys that are of use only where a MISP is asked by its REST interface. */
const restKeys = ["keyFile", "keyEnv", "reconcile", "unpublishedGrace"];
/** Other keys by which a request has an authorization. */
const otherCredentials = ["user", "bearerFile", "bearerEnv"];

/** Faults of one source or allow list. */
export function checkMisp(yaml: YamlFile, at: readonly PropertyKey[], list: unknown): Fault[] {
  const has = (key: string): boolean => valueAt(list, [key]) !== undefined;
  const faults: Fault[] = [];
  const say = (key: string, message: string, part: "key" | "value" = "key"): void => {
    faults.push(fault(yaml, [...at, key], message, part));
  };
  const format = textAt(list, "format");
  const isRest = format === "misp" && has("url");
  if (at[0] === "allow") {
    if (isMispFormat(format)) say("format", "is for sources: nothing there says what is to be allowed", "value");
    return faults;
  }
  for (const key of Object.keys(mispKeys).filter(has)) {
    if (key === "triggers" && isStixFormat(format)) continue;
    if (!isMispFormat(format)) say(key, "is for format misp and misp-feed only; set the format");
    else if (!isRest && restKeys.includes(key)) say(key, "is for format misp with the url of a MISP");
  }
  if (has("theirDecay") && has("decay")) say("theirDecay", "cannot stand beside decay: an entry ages by one of them");
  if (format === "misp-feed" && !has("url")) {
    faults.push(fault(yaml, [...at, "format"], "is fetched; give it the url of the folder that has manifest.json"));
  }
  if (isMispFormat(format) && has("member")) say("member", "is for lists that may come as an archive");
  return [...faults, ...(isRest ? checkKey(yaml, at, list) : []), ...checkTypes(yaml, at, list)];
}

function checkKey(yaml: YamlFile, at: readonly PropertyKey[], list: unknown): Fault[] {
  const has = (key: string): boolean => valueAt(list, [key]) !== undefined;
  if (!has("keyFile") && !has("keyEnv")) {
    return [fault(yaml, [...at, "url"], "is a MISP, which wants a key; give it a keyFile or a keyEnv")];
  }
  if (has("keyFile") && has("keyEnv")) return [fault(yaml, [...at, "keyEnv"], "cannot stand beside keyFile", "key")];
  const other = otherCredentials.find(has);
  const why = "cannot stand beside the key of a MISP: a request has one authorization";
  return other === undefined ? [] : [fault(yaml, [...at, other], why, "key")];
}

/** Types of addresses do nothing where no address is taken. */
function checkTypes(yaml: YamlFile, at: readonly PropertyKey[], list: unknown): Fault[] {
  const types = valueAt(list, ["filter", "types"]);
  const triggers = valueAt(list, ["triggers"]);
  if (!Array.isArray(types) || (Array.isArray(triggers) && triggers.includes("response-ip"))) return [];
  return types.flatMap((type: unknown, i) => {
    if (typeof type !== "string" || !type.startsWith("ip-")) return [];
    const why = `"${type}" is an address, and none is taken; say triggers: [qname, response-ip]`;
    return [fault(yaml, [...at, "filter", "types", i], why)];
  });
}
