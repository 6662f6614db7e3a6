/** The shape of the main file, rpzmill.yaml. What ties several of its values together is checked in `check.ts`. */
import { z } from "zod";
import { guardClasses } from "../guard/class.ts";
import { guardFormats } from "../guard/format/format.ts";
import { type FactField, factFields } from "../indicator/facts/columns.ts";
import { confidenceScales } from "../indicator/facts/confidence.ts";
import { dateFormats } from "../indicator/moment.ts";
import { localDataDefault, scopes, wildcardDefault } from "../indicator/role.ts";
import { addressTriggers, nameTriggers } from "../rpz/label.ts";
import {
  allowFormatDefault,
  allowPublicSuffixDefault,
  categoryDefault,
  changeLimitDefault,
  confidenceDefault,
  decayDefault,
  expandedBytesMaxDefault,
  fetchesMaxDefault,
  guardScopeDefault,
  historyDaysDefault,
  keyAlgorithmDefault,
  listenDefault,
  manualDefault,
  papDefault,
  sourceFormatDefault,
  stateDefault,
  strictDefault,
  tlpDefault,
  trustDefault,
  unknownTldDefault,
} from "./defaults.ts";
import { fetchKeys, proxyUrl } from "./fetch-schema.ts";
import {
  apex,
  category,
  id,
  keyName,
  listen,
  localData,
  pap,
  path,
  targetMeaningsSchema,
  timeZone,
  tlp,
} from "./fields.ts";
import { sourceGuard } from "./guard-schema.ts";
import { mispKeys } from "./misp-schema.ts";
import { stixKeys } from "./stix-schema.ts";
import { transferKeys } from "./transfer-schema.ts";
import { keyAlgorithms, listFormats, sourceFormats, trusts } from "./types.ts";

/** One value stands for a list of one. */
export function oneOrMore<T extends z.ZodType>(entry: T) {
  return z.preprocess(
    (value) => (Array.isArray(value) || value === undefined || value === null ? value : [value]),
    z.array(entry).min(1),
  );
}

const changeLimit = z.exactOptional(
  z.strictObject({
    percent: z.number().min(0).max(1_000_000).default(changeLimitDefault.percent),
    entries: z.int().min(0).default(changeLimitDefault.entries),
  }),
);

const column = z.exactOptional(
  z.union([z.string().min(1), z.int().min(1)], { error: "should be a column's header, or its number from 1" }),
);

/** Columns of one fact: more would be no table that somebody keeps. */
const columnsMax = 8;
const oneColumn = z.union([z.string().min(1), z.int().min(1)]);
const factColumn = z.exactOptional(
  z.union([oneColumn, z.array(oneColumn).min(1).max(columnsMax)], {
    error: "should be a column's header, its number from 1, or a list of these",
  }),
);

const factColumns = z.strictObject(
  Object.fromEntries(factFields.map((field) => [field, factColumn])) as Record<FactField, typeof factColumn>,
);

const confidenceScale = z.union(
  confidenceScales.map((scale) => z.literal(scale)),
  { error: "should be 1, 10 or 100: what the highest confidence is" },
);

const decay = z.strictObject({
  lifetimeDays: z.number().positive().max(36_500),
  speed: z.number().min(0.01).max(100).default(decayDefault.speed),
  threshold: z.int().min(1).max(100).default(decayDefault.threshold),
});

const list = {
  /** Or `url`, of a source `folder` as well, and a manual one has none: `check-fetch.ts` sees to that. */
  from: z.exactOptional(path),
  ...fetchKeys,
  column,
  path: z.exactOptional(z.string().min(1).max(500)),
  wildcard: z.enum(["subtree", "strict"]).default(wildcardDefault),
  where: z.record(z.string(), oneOrMore(z.string())).default({}),
  limit: changeLimit,
  /** What `limit` was called before there were guards. */
  guard: changeLimit.meta({ deprecated: true }),
  expandedBytesMax: z.int().min(1).default(expandedBytesMaxDefault),
};

const source = z.strictObject({
  id,
  manual: z.boolean().default(manualDefault),
  folder: z.exactOptional(path),
  ...list,
  ...transferKeys,
  ...mispKeys,
  ...stixKeys,
  format: z.enum(sourceFormats).default(sourceFormatDefault),
  category: category.default(categoryDefault),
  confidence: z.int().min(0).max(100).default(confidenceDefault),
  tlp: tlp.default(tlpDefault),
  pap: pap.default(papDefault),
  scope: z.exactOptional(z.enum(scopes)),
  localData: localData.default(localDataDefault),
  actions: z.exactOptional(targetMeaningsSchema),
  unknownTld: z.enum(["keep", "reject"]).default(unknownTldDefault),
  allowPublicSuffix: z.boolean().default(allowPublicSuffixDefault),
  overrideGuards: oneOrMore(id).default([]),
  // Node's timers take 31 bits of milliseconds, and fire at once beyond.
  refreshSeconds: z.exactOptional(z.int().min(1).max(2_147_483)),
  names: z.exactOptional(z.enum(nameTriggers)),
  addresses: z.exactOptional(z.enum(addressTriggers)),
  fields: z.exactOptional(factColumns),
  optionalFields: z.exactOptional(oneOrMore(z.enum(factFields))),
  dateFormat: z.exactOptional(z.enum(dateFormats)),
  timeZone: z.exactOptional(timeZone),
  confidenceScale: z.exactOptional(confidenceScale),
  categories: z.exactOptional(z.record(z.string().min(1).max(200), category)),
  decay: z.exactOptional(decay),
  trust: z.enum(trusts).default(trustDefault),
  guard: sourceGuard,
});

const allow = z.strictObject({
  id: z.exactOptional(id),
  ...list,
  format: z.enum(listFormats).default(allowFormatDefault),
  scope: z.exactOptional(z.enum(scopes)),
  zones: z.exactOptional(oneOrMore(apex)),
  strict: z.boolean().default(strictDefault),
});

/** Class and file may be left out where the id is a built-in guard's; `check-guards.ts` sees to that. */
const guardList = z.strictObject({
  id,
  use: z.boolean().default(true),
  class: z.exactOptional(z.enum(guardClasses)),
  from: z.exactOptional(path),
  ...fetchKeys,
  format: z.exactOptional(z.enum(guardFormats)),
  top: z.exactOptional(z.int().min(1).max(1_000_000_000)),
  zones: z.exactOptional(oneOrMore(apex)),
  scope: z.enum(scopes).default(guardScopeDefault),
  strict: z.exactOptional(z.boolean()),
});

/** In the place of the list of guards: turns all off, built-in ones too. */
export const noGuards = "none";

/** A list of guards. The word `none` is read as an empty list here; `load.ts` looks for it in the raw value. */
const guards = z.preprocess((value, context) => {
  if (typeof value !== "string") return value;
  if (value !== noGuards) {
    const message = `should be a list of guards or the word ${noGuards}, but is ${JSON.stringify(value.slice(0, 80))}`;
    context.issues.push({ code: "custom", message, input: value });
  }
  return [];
}, z.array(guardList));

const key = z.strictObject({
  name: keyName,
  algorithm: z.enum(keyAlgorithms).default(keyAlgorithmDefault),
  secretFile: z.exactOptional(path),
  secretEnv: z.exactOptional(z.string().min(1)),
});

const limits = z
  .strictObject({
    connectionsMax: z.exactOptional(z.int().min(1).max(65_535)),
    connectionsPerClientMax: z.exactOptional(z.int().min(1).max(65_535)),
    transfersMax: z.exactOptional(z.int().min(1).max(65_535)),
    idleSeconds: z.exactOptional(z.number().positive().max(86_400)),
    stallSeconds: z.exactOptional(z.number().positive().max(86_400)),
    transferSeconds: z.exactOptional(z.number().positive().max(604_800)),
    drainSeconds: z.exactOptional(z.number().min(0).max(604_800)),
  })
  .prefault({});

const tls = z.strictObject({
  listen: oneOrMore(listen),
  certFile: path,
  keyFile: path,
  clientCaFile: z.exactOptional(path),
});

const server = z
  .strictObject({
    listen: oneOrMore(listen).prefault(() => [...listenDefault]),
    limits,
    tls: z.exactOptional(tls),
  })
  .prefault({});

const fetch = z
  .strictObject({
    parallel: z.int().min(1).max(100).default(fetchesMaxDefault),
    proxy: z.exactOptional(proxyUrl),
  })
  .prefault({});

export const mainSchema = z.strictObject({
  version: z.literal(1),
  state: path.default(stateDefault),
  historyDays: z.int().min(0).max(36_500).default(historyDaysDefault),
  server,
  fetch,
  keys: z.array(key).default([]),
  sources: z.array(source).default([]),
  allow: z.array(allow).default([]),
  guards: guards.default([]),
  zones: oneOrMore(path),
});
export type MainFile = z.output<typeof mainSchema>;
