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

/** The configuration of one zone with these rules, and the lists that hold them. */
export function millFiles({ apex, rules, key }: PrimaryOptions): MillFiles {
  const actions = new Map<string, Action>();
  for (const action of [...plain, ...rules.values()]) if (action !== "passthru") actions.set(slugOf(action), action);
  const slugs = [...actions.keys()];
  const lists = slugs.map((slug) => [`lists/${slug}.rpz`, listOf(rules, slug)] as const);
  const byCategory = [...actions].map(([slug, action]): [string, string | object] => [
    slug,
    typeof action === "object" ? { a: [action.a] } : action,
  ]);
  return {
    "rpzmill.yaml": {
      version: 1,
      keys: key === undefined ? [] : [{ name: key.name, algorithm: key.algorithm, secretFile: "keys/transfer.key" }],
      sources: slugs.map((id) => ({ id, format: "rpz", from: `lists/${id}.rpz`, category: id })),
      zones: ["zone.yaml"],
    },
    "zone.yaml": {
      version: 1,
      apex,
      take: { categories: slugs },
      action: { default: "nxdomain", ...Object.fromEntries(byCategory) },
      ttl: 60,
      soa: impatientSoa,
      transfer: [{ address: "127.0.0.1/32", ...(key === undefined ? {} : { key: key.name }) }],
      file: true,
    },
    ...(key === undefined ? {} : { "keys/transfer.key": key.secret }),
    ...Object.fromEntries(lists),
  };
}

/** The rules of one action and every exception, as a source writes them. The source's own action is not looked at. */
function listOf(rules: Rules, slug: string): string {
  const block = rdataOf("nxdomain");
  const lines = [...rules].flatMap(([owner, action]) => {
    if (action === "passthru") return [`${owner} ${rdataOf("passthru")}`];
    return slugOf(action) === slug ? [`${owner} ${block}`] : [];
  });
  return `${lines.join("\n")}\n`;
}

/** Builds the zone and serves it. */
export async function startRpzmillPrimary(options: PrimaryOptions): Promise<Primary> {
  const { apex, key } = options;
  const mill = await startMill(millFiles(options));
  return {
    endpoint: mill.endpoint,
    apex,
    key,
    serial: () => mill.serial(apex),
    publish: async (rules) => {
      await mill.publish(millFiles({ ...options, rules }));
      return mill.serial(apex);
    },
    stop: mill.stop,
  };
}
