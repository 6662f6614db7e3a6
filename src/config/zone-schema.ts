/** The shape of a policy zone's own file, and of the actions in it. */

import { z } from "zod";
import { type Action, plainActions } from "../rpz/action.ts";
import { ruleTriggers } from "../rpz/label.ts";
import {
  audienceDefault,
  fileDefault,
  keepDefault,
  limitDefault,
  maxPapDefault,
  minConfidenceDefault,
  nsDefault,
  soaDefault,
  triggersDefault,
  ttlDefault,
} from "./defaults.ts";
import {
  apex,
  category,
  cnameTarget,
  hostName,
  id,
  ipv4,
  ipv6,
  keyName,
  mailbox,
  pap,
  prefix,
  seconds,
  tlp,
} from "./fields.ts";
import { describeIssue } from "./issues.ts";
import { oneOrMore } from "./schema.ts";
import { audiences } from "./zone-types.ts";

/** BIND takes at most 100 records at one name and type. */
const addressesMax = 100;
/** With 255 octets each, these still fit into one message of 4 KiB. */
const textsMax = 15;

/** What one TXT string may hold (RFC 1035 3.3). */
const text = z
  .string()
  .refine((value) => Buffer.byteLength(value) <= 255, { error: "has more than the 255 octets of a TXT string" });

function distinct<T extends z.ZodType>(entry: T, max: number) {
  return oneOrMore(entry)
    .refine((list) => list.length <= max, { error: `has more than ${max} records` })
    .refine((list) => new Set(list).size === list.length, { error: "has one record twice" });
}

export const localDataSchema = z.strictObject({
  a: z.exactOptional(distinct(ipv4, addressesMax)),
  aaaa: z.exactOptional(distinct(ipv6, addressesMax)),
  cname: z.exactOptional(cnameTarget),
  txt: z.exactOptional(distinct(text, textsMax)),
});
const localDataKeys = new Set(Object.keys(localDataSchema.shape));

const plainAction = z.enum(plainActions);

type Path = readonly PropertyKey[];
type Report = (path: Path, message: string) => void;

/** Reads one action; faults go to `report` with their path inside the value. */
function readAction(value: unknown, path: Path, report: Report): Action {
  const schema = typeof value === "object" && value !== null && !Array.isArray(value) ? localDataSchema : plainAction;
  const result = schema.safeParse(value);
  if (result.success) {
    if (typeof result.data === "object") {
      const kinds = Object.keys(result.data);
      if (kinds.length === 0) report(path, "says nothing; give it at least one of a, aaaa, cname and txt");
      if (kinds.length > 1 && result.data.cname !== undefined) {
        report([...path, "cname"], "cannot stand beside other records (RFC 1034 3.6.2)");
      }
    }
    return result.data;
  }
  for (const issue of result.error.issues) {
    for (const fault of describeIssue(issue, schema, value)) report([...path, ...fault.path], fault.message);
  }
  return "nxdomain";
}

/** Whether an action's mapping is records, as against one action per category. */
export function isLocalData(value: object): boolean {
  const keys = Object.keys(value);
  return keys.length === 0 || keys.some((key) => localDataKeys.has(key));
}

const action = z.unknown().transform((value, context) => {
  const report: Report = (path, message) => {
    context.issues.push({ code: "custom", message, path: [...path], input: value });
  };
  const byCategory: Record<string, Action> = {};
  if (typeof value !== "object" || value === null || Array.isArray(value) || isLocalData(value)) {
    return { default: readAction(value, [], report), byCategory };
  }
  for (const [name, chosen] of Object.entries(value)) {
    if (name !== "default") byCategory[name] = readAction(chosen, [name], report);
  }
  if ("default" in value) return { default: readAction(value.default, ["default"], report), byCategory };
  report([], "has no default; say what happens to categories that it does not name");
  return { default: "nxdomain" as const, byCategory };
});

/** A campaign, a family or an event, whatever its letter case. */
const belonging = z
  .string()
  .min(1)
  .max(200)
  .transform((name) => name.toLowerCase());

const take = z.strictObject({
  sources: oneOrMore(id).default([]),
  categories: oneOrMore(category).default([]),
  campaigns: z.exactOptional(oneOrMore(belonging)),
  families: z.exactOptional(oneOrMore(belonging)),
  events: z.exactOptional(oneOrMore(belonging)),
  minConfidence: z.int().min(0).max(100).default(minConfidenceDefault),
  audience: z.enum(audiences).default(audienceDefault),
  // Without it, what the audience may know.
  maxTlp: z.exactOptional(tlp),
  maxPap: pap.default(maxPapDefault),
  triggers: oneOrMore(z.enum(ruleTriggers)).prefault(() => [...triggersDefault]),
});

const soa = z
  .strictObject({
    mname: hostName.default(soaDefault.mname),
    rname: z.exactOptional(mailbox),
    refresh: seconds.default(soaDefault.refresh),
    retry: seconds.default(soaDefault.retry),
    expire: seconds.default(soaDefault.expire),
    minimum: seconds.default(soaDefault.minimum),
  })
  .prefault({});

const transfer = z.strictObject({
  address: z.exactOptional(prefix),
  key: z.exactOptional(keyName),
  tlsName: z.exactOptional(hostName),
});

const keep = z
  .strictObject({
    versions: z.int().min(1).max(1_000_000).default(keepDefault.versions),
    seconds: z.int().min(0).max(3_153_600_000).default(keepDefault.seconds),
  })
  .prefault({});

const limit = z
  .strictObject({
    percent: z.number().min(0).max(1_000_000).default(limitDefault.percent),
    rules: z.int().min(0).default(limitDefault.rules),
  })
  .prefault({});

export const zoneSchema = z.strictObject({
  version: z.literal(1),
  apex,
  take,
  action,
  ttl: seconds.default(ttlDefault),
  soa,
  ns: oneOrMore(hostName).prefault(() => [...nsDefault]),
  transfer: z.array(transfer).default([]),
  require: z.exactOptional(z.literal("tls")),
  file: z.boolean().default(fileDefault),
  keep,
  limit,
});
export type ZoneFile = z.output<typeof zoneSchema>;
