/**
 * rpzmill as the primary of given rules: a policy zone as a source for each action, with the passthru rules as exceptions
 * in each of them. It serves what the merge makes of the rules: covered ones gone, coverage around exceptions restored.
 */
import { type Action, type Rules, rdataOf } from "../../model/rules.ts";
import { impatientSoa, type MillFiles, startMill } from "./mill.ts";
import type { Primary, PrimaryOptions } from "./primary.ts";

/** A name for an action that can stand as id, category and file. */
function slugOf(action: Action): string {
  return typeof action === "object" ? `a-${action.a.replaceAll(".", "-")}` : action;
}

/** The actions that always have a source, so that a change of the rules is most often one of the lists alone. */
const plain: readonly Action[] = ["nxdomain", "nodata", "drop", "tcp-only"];

/** What a configuration needs to have given rules in one of its zones. */
export interface RulesFiles {
  readonly sources: readonly object[];
  readonly categories: readonly string[];
  /** The zone's `action`. */
  readonly action: Readonly<Record<string, string | object>>;
  readonly lists: MillFiles;
}

/** Sources, actions and lists of the rules; ids and categories start with `prefix`. */
export function rulesFiles(prefix: string, rules: Rules): RulesFiles {
  const actions = new Map<string, Action>();
  for (const action of [...plain, ...rules.values()]) {
    if (action !== "passthru") actions.set(`${prefix}-${slugOf(action)}`, action);
  }
  const categories = [...actions.keys()];
  const byCategory = [...actions].map(([category, action]): [string, string | object] => [
    category,
    typeof action === "object" ? { a: [action.a] } : action,
  ]);
  return {
    sources: categories.map((id) => ({ id, format: "rpz", from: `lists/${id}.rpz`, category: id })),
    categories,
    action: { default: "nxdomain", ...Object.fromEntries(byCategory) },
    lists: Object.fromEntries([...actions].map(([id, action]) => [`lists/${id}.rpz`, listOf(rules, action)])),
  };
}

/** The rules of one action and every exception, as a source writes them. The source's own action is not looked at. */
function listOf(rules: Rules, wanted: Action): string {
  const lines = [...rules].flatMap(([owner, action]) => {
    if (action === "passthru") return [`${owner} ${rdataOf("passthru")}`];
    return slugOf(action) === slugOf(wanted) ? [`${owner} ${rdataOf("nxdomain")}`] : [];
  });
  return `${lines.join("\n")}\n`;
}

/** The configuration of one zone with these rules; `settings` replace what the zone's definition says otherwise. */
function millFiles({ apex, rules, key }: PrimaryOptions, settings: ZoneSettings): MillFiles {
  const { sources, categories, action, lists } = rulesFiles("rules", rules);
  return {
    "rpzmill.yaml": {
      version: 1,
      keys: key === undefined ? [] : [{ name: key.name, algorithm: key.algorithm, secretFile: "keys/transfer.key" }],
      sources,
      zones: ["zone.yaml"],
    },
    "zone.yaml": {
      version: 1,
      apex,
      take: { categories },
      action,
      ttl: 60,
      soa: impatientSoa,
      transfer: [{ address: "127.0.0.1/32", ...(key === undefined ? {} : { key: key.name }) }],
      ...settings,
    },
    ...(key === undefined ? {} : { "keys/transfer.key": key.secret }),
    ...lists,
  };
}

/** Keys of a zone's definition. */
export type ZoneSettings = Readonly<Record<string, unknown>>;

/** A primary whose zone definition can change as well. */
export interface RpzmillPrimary extends Primary {
  publish(rules: Rules, settings?: ZoneSettings): Promise<number>;
}

/** Builds the zone and serves it. */
export async function startRpzmillPrimary(options: PrimaryOptions): Promise<RpzmillPrimary> {
  const { apex, key } = options;
  const mill = await startMill(millFiles(options, {}));
  return {
    endpoint: mill.endpoint,
    apex,
    key,
    serial: () => mill.serial(apex),
    publish: async (rules, settings = {}) => {
      await mill.publish(millFiles({ ...options, rules }, settings));
      return mill.serial(apex);
    },
    stop: mill.stop,
  };
}
