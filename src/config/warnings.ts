/** Notes what is allowed but unwise in a configuration that has no fault. */
import ipaddr from "ipaddr.js";
import type { Place } from "../base/errors.ts";
import { tlps } from "../indicator/facts/facts.ts";
import type { RuleTrigger } from "../rpz/label.ts";
import { notesOnFetches } from "./check-fetch.ts";
import { notesOnTransfers } from "./check-transfer.ts";
import { maxTlpDefault, papDefault, tlpDefault } from "./defaults.ts";
import type { YamlFile } from "./document.ts";
import { hasOldLimit } from "./guard-schema.ts";
import { isBuiltIn } from "./guards.ts";
import { noGuards } from "./schema.ts";
import { hasCategories, mayTake, refusalOf } from "./selection.ts";
import { isManual } from "./source-kinds.ts";
import type { Config, ConfigNote, SourceConfig } from "./types.ts";
import { valueAt } from "./value-path.ts";
import { isForZone, namesSource } from "./zone-lists.ts";
import type { TakeConfig, ZoneConfig } from "./zone-types.ts";

/** What `guards: none` comes to. */
export const noGuardInForce = "no guard is in force: any list may block large sites, shared hosts and your own names";

/** The notes on a configuration, each at its place in the file it was made of. */
export function notesOn(
  config: Omit<Config, "warnings">,
  main: YamlFile,
  zoneFiles: readonly YamlFile[],
): ConfigNote[] {
  const notes: ConfigNote[] = [];
  for (const [i, source] of config.sources.entries()) {
    const accepted = config.zones.some(
      ({ take }) => namesSource({ take }, source) || (take.categories.length > 0 && hasCategories(source)),
    );
    if (!accepted)
      notes.push({ ...main.place(["sources", i, "id"]), message: `no zone takes "${source.id}" or its category` });
    else notes.push(...notesOnTriggersOf(source, config.zones, (key) => main.place(["sources", i, key])));
  }
  notes.push(...notesOnMarkings(config, main));
  notes.push(...notesOnOldKeys(main));
  notes.push(...notesOnFetches(main));
  notes.push(...notesOnTransfers(config, main));
  notes.push(...notesOnAllowLimits(main));
  notes.push(...notesOnListeners(config, main));
  notes.push(...notesOnGuards(config, main));
  for (const zone of config.zones) {
    const yaml = zoneFiles.find(({ file }) => file === zone.definedIn);
    if (yaml !== undefined) {
      const more = [
        notesOnTake(zone, config.sources, yaml),
        notesOnTriggers(zone, yaml),
        notesOnProtected(zone, config, yaml),
      ];
      notes.push(...notesOnZone(zone, yaml), ...more.flat());
    }
  }
  return notes;
}

/** Where entries have markings, somebody has to say what one without counts as. */
function notesOnMarkings({ sources }: Pick<Config, "sources">, main: YamlFile): ConfigNote[] {
  return sources.flatMap((source, i) =>
    markings.flatMap(({ key, freest, safe, means }) => {
      if (
        isManual(source) ||
        source.fields?.[key] === undefined ||
        valueAt(main.value, ["sources", i, key]) !== undefined
      )
        return [];
      const message = `an entry without a marking counts as ${freest}, ${means}: say \`${key}: ${safe}\` beside \`fields\` where that may be wrong, or \`${key}: ${freest}\` where it is right`;
      return [{ ...main.place(["sources", i, "fields", key]), message }];
    }),
  );
}

/** What counts without a word, and what keeps an entry from those who should not have it, as zones are by default. */
const markings = [
  { key: "tlp", freest: tlpDefault, safe: "amber", means: "which anybody may have" },
  { key: "pap", freest: papDefault, safe: "amber", means: "which may be blocked anywhere" },
] as const;

/** Keys that have another name now, and go on meaning what they did. */
function notesOnOldKeys(main: YamlFile): ConfigNote[] {
  return ["sources", "allow"].flatMap((lists) => {
    const entries = valueAt(main.value, [lists]);
    if (!Array.isArray(entries)) return [];
    return entries.flatMap((_, i) => {
      if (!hasOldLimit(valueAt(main.value, [lists, i]), lists)) return [];
      return [{ ...main.place([lists, i, "guard"]), message: "`guard` is called `limit` now; it still counts" }];
    });
  });
}

/** Allow lists are bounded in percent alone, of which the schema of a limit knows nothing. */
function notesOnAllowLimits(main: YamlFile): ConfigNote[] {
  const lists = valueAt(main.value, ["allow"]);
  if (!Array.isArray(lists)) return [];
  const places = lists.flatMap((_, i) => ["limit", "guard"].map((key) => ["allow", i, key, "entries"]));
  return places
    .filter((path) => valueAt(main.value, path) !== undefined)
    .map((path) => ({
      ...main.place(path),
      message: "has no meaning for an allow list: names on it are held by `percent`, however few",
    }));
}

/** A socket on all addresses is not told by Node which of them a datagram came to. */
function notesOnListeners({ server }: Pick<Config, "server">, main: YamlFile): ConfigNote[] {
  const listens = [
    ...server.listen.map(({ address }, i) => ({ address, path: ["server", "listen", i] })),
    ...(server.tls?.listen ?? []).map(({ address }, i) => ({ address, path: ["server", "tls", "listen", i] })),
  ];
  return listens.flatMap(({ address, path }) => {
    const any = ["0.0.0.0", "::"].includes(ipaddr.parse(address).toString());
    const message = `"${address}" answers UDP queries from the address that the system chooses, and a resolver that asked another one drops the answer: list the host's addresses`;
    return any ? [{ ...main.place(path), message }] : [];
  });
}

function notesOnGuards({ guards }: Pick<Config, "guards">, main: YamlFile): ConfigNote[] {
  if (valueAt(main.value, ["guards"]) === noGuards) {
    return [{ ...main.place(["guards"]), message: noGuardInForce }];
  }
  const entries = valueAt(main.value, ["guards"]);
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((_, i) => {
    const id = valueAt(main.value, ["guards", i, "id"]);
    if (!isBuiltIn(String(id)) || guards.some((guard) => guard.id === id)) return [];
    return [{ ...main.place(["guards", i, "use"]), message: `the built-in guard "${String(id)}" is off` }];
  });
}

function notesOnTake({ take }: ZoneConfig, sources: readonly SourceConfig[], yaml: YamlFile): ConfigNote[] {
  const notes: ConfigNote[] = [];
  for (const [i, id] of take.sources.entries()) {
    const source = sources.find((one) => one.id === id);
    const why = source === undefined || mayTake(take, source) ? undefined : whyNothing(take, source);
    if (why !== undefined)
      notes.push({ ...yaml.place(["take", "sources", i]), message: `takes nothing of "${id}": ${why}` });
  }
  if (take.audience === "others" && tlps.indexOf(take.maxTlp) > tlps.indexOf(maxTlpDefault.others)) {
    const message = `whoever may query the resolvers can find out the names in this zone, also those marked ${take.maxTlp}`;
    notes.push({ ...yaml.place(["take", "maxTlp"]), message });
  }
  return notes;
}

/** Why a zone takes no entry of a source that it names, by what the source says of all of them. */
function whyNothing(take: TakeConfig, source: SourceConfig): string | undefined {
  switch (refusalOf(take, true, source)) {
    case "confidence":
      return `its confidence is ${source.confidence}, and minConfidence ${take.minConfidence}`;
    case "tlp":
      return `its tlp is ${source.tlp}, and maxTlp ${take.maxTlp}`;
    case "pap":
      return `its pap is ${source.pap}, and maxPap ${take.maxPap}`;
    default:
      return undefined;
  }
}

function notesOnZone(zone: ZoneConfig, yaml: YamlFile): ConfigNote[] {
  const notes: ConfigNote[] = [];
  if (zone.transfer.length === 0 && !zone.file) {
    notes.push({
      ...yaml.place(["apex"]),
      message: "no one may transfer this zone and it writes no file, so nothing can use it",
    });
  }
  for (const [i, { address, key, tlsName }] of zone.transfer.entries()) {
    if (address?.endsWith("/0") && key === undefined && tlsName === undefined) {
      notes.push({
        ...yaml.place(["transfer", i, "address"]),
        message: "anyone who reaches the server may transfer this zone",
      });
    }
  }
  if (zone.soa.expire < zone.soa.refresh + zone.soa.retry) {
    notes.push({
      ...yaml.place(["soa", "expire"]),
      message: "secondaries drop the zone before their first retry has passed",
    });
  }
  return notes;
}

/** Triggers of a source's entries that no zone has rules of. */
function notesOnTriggersOf(
  source: SourceConfig,
  zones: readonly ZoneConfig[],
  placeOf: (key: "names" | "addresses") => Place,
): ConfigNote[] {
  if (isManual(source)) return [];
  return (["names", "addresses"] as const).flatMap((key) => {
    const trigger = source[key];
    const isTaken = zones.some(
      ({ take }) => trigger !== undefined && take.triggers.includes(trigger) && mayTake(take, source),
    );
    const message = `no zone that takes "${source.id}" has ${trigger} among its \`take.triggers\``;
    return trigger === undefined || isTaken ? [] : [{ ...placeOf(key), message }];
  });
}

/** What resolvers make of rules that not all of them have. */
function notesOnTriggers({ take, action, file }: ZoneConfig, yaml: YamlFile): ConfigNote[] {
  const takes = (...triggers: RuleTrigger[]): boolean => triggers.some((one) => take.triggers.includes(one));
  if (!takes("client-ip", "nsdname", "nsip")) return [];
  const actions = [action.default, ...Object.values(action.byCategory)];
  const hasAlias = actions.some((one) => typeof one === "object" && one.cname !== undefined);
  const messages = [
    takes("nsdname", "nsip") &&
      actions.includes("tcp-only") &&
      "Unbound before 1.19 crashes on a rule on name servers with the action tcp-only: choose another one, or let no older Unbound have this zone",
    takes("client-ip", "nsip") &&
      hasAlias &&
      "Unbound leaves out rules on clients and on addresses of name servers whose action is a cname: choose another one for these",
    "Unbound before 1.18 goes on applying rules on clients and name servers that a change took away: use a later one, or restart it",
    takes("nsip") &&
      "PowerDNS leaves out rules on IPv6 addresses of name servers: list the names of these servers for nsdname, too",
    file &&
      "Knot Resolver, which reads zone files, has rules on the names that are asked for and leaves out others: give it these in a zone of their own",
  ];
  const place = yaml.place(["take", "triggers"]);
  return messages.flatMap((message) => (typeof message === "string" ? [{ ...place, message }] : []));
}

/** Own names that rules on name servers hit, unless an allow list of the same names lets them pass. */
function notesOnProtected(zone: ZoneConfig, { guards, allow }: Omit<Config, "warnings">, yaml: YamlFile): ConfigNote[] {
  const { triggers } = zone.take;
  if (!triggers.includes("nsdname") && !triggers.includes("nsip")) return [];
  return guards.flatMap((guard) => {
    if (guard.class !== "protected" || guard.builtIn || !isForZone(guard, zone)) return [];
    if (allow.some((list) => list.from === guard.from && isForZone(list, zone))) return [];
    const message = `rules on name servers hit names that "${guard.id}" protects, since a guard lets no name pass: make the list an allow list, too, with scope: subtree for all beneath`;
    return [{ ...yaml.place(["take", "triggers"]), message }];
  });
}
