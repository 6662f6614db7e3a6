/** Checks the guards of the main file against what is built in, against one another, and against sources and zones. */
import { foldName } from "../dns/name.ts";
import { computedGuardIds } from "../guard/computed.ts";
import { builtInGuards } from "./built-in-guards.ts";
import { entriesAt, fault, textAt } from "./check.ts";
import type { YamlFile } from "./document.ts";
import type { Fault } from "./faults.ts";
import { builtInIds, isBuiltIn } from "./guards.ts";
import { didYouMean } from "./suggest.ts";
import { valueAt } from "./value-path.ts";

/** Faults of `guards` and of what sources override. `apexes` are those of all zones; undefined where not all are known. */
export function checkGuards(yaml: YamlFile, apexes: readonly string[] | undefined): Fault[] {
  const faults: Fault[] = [];
  const entries = Array.isArray(valueAt(yaml.value, ["guards"])) ? entriesAt(yaml.value, "guards") : [];
  for (const [i, entry] of entries.entries()) {
    faults.push(...checkGuard(yaml, i, entry));
    for (const [j, apex] of entriesAt(entry, "zones").entries()) {
      if (typeof apex !== "string" || apexes === undefined || apexes.includes(foldName(apex))) continue;
      const path = ["guards", i, "zones", j];
      faults.push(fault(yaml, path, `"${apex}" is the apex of no zone${didYouMean(foldName(apex), apexes)}`));
    }
  }
  const ids = [...builtInIds, ...entries.flatMap((entry) => textAt(entry, "id") ?? [])];
  for (const [i, source] of entriesAt(yaml.value, "sources").entries()) {
    for (const [j, id] of entriesAt(source, "overrideGuards").entries()) {
      if (typeof id !== "string" || ids.includes(id)) continue;
      const path = ["sources", i, "overrideGuards", j];
      faults.push(fault(yaml, path, `"${id}" is no guard's id${didYouMean(id, ids)}`));
    }
  }
  return faults;
}

function checkGuard(yaml: YamlFile, i: number, entry: unknown): Fault[] {
  const id = textAt(entry, "id");
  // Without an id nothing can be said of what the entry is for; that it is missing is said already.
  if (id === undefined) return [];
  const faults: Fault[] = [];
  if (computedGuardIds.includes(id)) return checkComputed(yaml, i, entry, id);
  const known = builtInGuards.find((guard) => guard.id === id);
  const use = valueAt(entry, ["use"]);
  if (!isBuiltIn(id)) {
    const hasList = ["from", "url"].some((key) => valueAt(entry, [key]) !== undefined);
    const missing = [
      ...(valueAt(entry, ["class"]) === undefined ? ["class"] : []),
      ...(hasList ? [] : ["from or url"]),
    ];
    const meant = didYouMean(id, builtInIds);
    if (missing.length === 2) {
      const why = `"${id}" is no built-in guard${meant}, and a guard of your own needs class, and from or url`;
      faults.push(fault(yaml, ["guards", i, "id"], why));
    } else if (missing.length === 1 && use !== false) {
      faults.push(fault(yaml, ["guards", i], `"${id}" has no ${missing[0]}`));
    }
  }
  const ofClass = textAt(entry, "class") ?? known?.class;
  const format =
    textAt(entry, "format") ??
    (textAt(entry, "from") === undefined && textAt(entry, "url") === undefined ? known?.format : undefined);
  if (valueAt(entry, ["top"]) !== undefined && format !== "ranks") {
    faults.push(fault(yaml, ["guards", i, "top"], "is for format ranks only; set the format", "key"));
  }
  if (format === "public-suffixes" && ofClass !== undefined && ofClass !== "public-suffix") {
    faults.push(fault(yaml, ["guards", i, "format"], "is for class public-suffix only"));
  }
  if (ofClass === "public-suffix" && valueAt(entry, ["scope"]) === "subtree") {
    const why = "cannot be subtree where the class is public-suffix: every name lies beneath one";
    faults.push(fault(yaml, ["guards", i, "scope"], why));
  }
  return faults;
}

/** Keys that an entry for a guard without a list may have. */
const computedKeys: readonly string[] = ["id", "use", "zones"];

function checkComputed(yaml: YamlFile, i: number, entry: unknown, id: string): Fault[] {
  const others = Object.keys(entry as object).filter((key) => !computedKeys.includes(key));
  return others.map((key) =>
    fault(yaml, ["guards", i, key], `is for guards with a list; "${id}" has none, and takes use and zones`, "key"),
  );
}
