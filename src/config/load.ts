/** Reads the main file and the zone files it names, and makes one frozen configuration of them, or lists every fault. */
import { readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { z } from "zod";
import { type Clock, systemClock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";
import { hasFacts } from "../indicator/format/format.ts";
import { checkAllowZones, checkApexes, checkMain, checkZone, knownNames } from "./check.ts";
import { checkFetches } from "./check-fetch.ts";
import { checkGuards } from "./check-guards.ts";
import { checkMisp } from "./check-misp.ts";
import { checkStix } from "./check-stix.ts";
import { checkTransfers } from "./check-transfer.ts";
import { categoryDefault, changeLimitDefault, intelligenceTlpDefault, maxTlpDefault } from "./defaults.ts";
import { readYaml, type YamlFile } from "./document.ts";
import { ConfigError, type Fault } from "./faults.ts";
import { copyFileOf, FetchMaker, withoutFetchKeys } from "./fetch.ts";
import { guardOf, limitOfGuard } from "./guard-schema.ts";
import { makeGuards, overridesOf } from "./guards.ts";
import { describeIssue } from "./issues.ts";
import { type MainFile, mainSchema, noGuards } from "./schema.ts";
import { makeKey, type SecretOutcome, secretFromEnv, secretFromFile } from "./secrets.ts";
import { makeTls } from "./tls.ts";
import type {
  AllowConfig,
  ChangeLimitConfig,
  Config,
  ConfigNote,
  FetchConfig,
  KeyConfig,
  SourceConfig,
  TlsConfig,
} from "./types.ts";
import { valueAt } from "./value-path.ts";
import { notesOn } from "./warnings.ts";
import { type ZoneFile, zoneSchema } from "./zone-schema.ts";
import type { ZoneConfig } from "./zone-types.ts";

export interface LoadOptions {
  /** Where `secretEnv` looks; the process's own where absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Tells which certificates expire soon; the system's where absent. */
  readonly clock?: Clock;
  /** What is in force: where the certificates or the key of `server.tls` are broken, those of before stay, with a warning. */
  readonly before?: Pick<Config, "server">;
}

/**
 * Loads the configuration at `file`, relative to the working directory. The result is frozen in depth (but for the
 * octets of secrets, which no array can freeze).
 * @throws ConfigError with every fault of all its files
 */
export function loadConfig(file: string, options: LoadOptions = {}): Config {
  const faults: Fault[] = [];
  const warnings: ConfigNote[] = [];
  const main = readYaml(resolve(file));
  const settings = check(main, mainSchema, faults);
  if (main.value !== undefined) {
    faults.push(...checkMain(main), ...checkFetches(main), ...checkTransfers(main));
    faults.push(...checkMisp(main), ...checkStix(main));
  }

  const known = knownNames(main.value, categoryDefault);
  const zoneFiles = findZoneFiles(main, faults).map(readYaml);
  const zones: ZoneConfig[] = [];
  for (const yaml of zoneFiles) {
    const zone = check(yaml, zoneSchema, faults);
    if (yaml.value === undefined) continue;
    // A main file that cannot be read gives no names to hold the zone's against.
    if (main.value !== undefined) faults.push(...checkZone(yaml, known));
    if (zone !== undefined) zones.push(makeZone(yaml.file, zone));
  }
  faults.push(...checkApexes(zoneFiles), ...checkAllowZones(main, zoneFiles));
  if (main.value !== undefined) {
    // A zone file without fault may be missing from these where another has one.
    const apexes = zones.length === zoneFiles.length ? zones.map(({ apex }) => apex) : undefined;
    faults.push(...checkGuards(main, apexes));
  }
  const env = options.env ?? process.env;
  const keys = settings === undefined ? [] : loadKeys(main, settings, env, faults, warnings);
  const here = dirname(main.file);
  const maker = new FetchMaker(main, here, env, settings?.fetch.proxy, faults, warnings);
  const fetches = {
    sources:
      settings?.sources.map(
        (entry, i) => maker.make(["sources", i], entry) ?? maker.makeTransfer(["sources", i], entry, keys),
      ) ?? [],
    allow: settings?.allow.map((entry, i) => maker.make(["allow", i], entry)) ?? [],
    guards: settings?.guards.map((entry, i) => maker.make(["guards", i], entry)) ?? [],
  };
  const tls = loadTls(main, settings, options, faults, warnings);

  if (settings === undefined || faults.length > 0) throw new ConfigError(main.file, inOrder(faults));
  const stateDir = resolve(here, settings.state);
  /** Where a list is read from: its file, or its copy. */
  const locate = (name: string, from: string | undefined, fetch: FetchConfig | undefined): Located => {
    if (fetch !== undefined) return { from: copyFileOf(stateDir, name, fetch), fetch };
    return { from: resolve(here, from ?? "") };
  };
  const guardEntries = settings.guards.map((entry, i) => {
    const { from, ...rest } = withoutFetchKeys(entry);
    const fetch = fetches.guards[i];
    if (from === undefined && fetch === undefined) return rest;
    return { ...rest, ...locate(storedNameOfGuard(entry.id), from, fetch) };
  });
  const guards = makeGuards(valueAt(main.value, ["guards"]) === noGuards ? noGuards : guardEntries, zones);
  const { listen, limits } = settings.server;
  const config: Config = {
    file: main.file,
    stateDir,
    databaseFile: join(stateDir, "rpzmill.db"),
    zoneDir: join(stateDir, "zones"),
    historySeconds: 86_400 * settings.historyDays,
    server: { listen, limits, ...(tls === undefined ? {} : { tls }) },
    fetchesMax: settings.fetch.parallel,
    keys,
    keyFiles: [...new Set([...keyFilesOf(here, settings), ...maker.files, ...(tls?.files ?? [])])],
    sources: settings.sources.map((source, i) =>
      makeSource(withOwnTlp(main, i, source), locate(source.id, source.from, fetches.sources[i]), guards),
    ),
    allow: settings.allow.map((allow, i): AllowConfig => {
      const id = allow.id ?? `allow:${i + 1}`;
      return { ...withLimit(withoutFetchKeys(allow)), id, ...locate(id, allow.from, fetches.allow[i]) };
    }),
    guards,
    zones,
    warnings,
  };
  warnings.push(...notesOn(config, main, zoneFiles));
  return freeze(config);
}

/** A source whose format calls for another marking than lists that anybody may have, where it does not say one. */
function withOwnTlp(main: YamlFile, i: number, source: MainFile["sources"][number]): MainFile["sources"][number] {
  const isSaid = valueAt(main.value, ["sources", i, "tlp"]) !== undefined;
  return isSaid || !hasFacts(source.format) ? source : { ...source, tlp: intelligenceTlpDefault };
}

function makeSource(source: MainFile["sources"][number], located: Located, guards: Config["guards"]): SourceConfig {
  const { guard, primary: _, apex: __, key: ___, tls: ____, ...entry } = source;
  const limit = entry.limit ?? (guard === undefined ? undefined : limitOfGuard(guard));
  const { manual, ...list } = withLimit({ ...withoutFetchKeys(entry), ...(limit === undefined ? {} : { limit }) });
  const overrideGuards = overridesOf(source, guards);
  if (!manual) {
    const bounds = guard === undefined ? {} : guardOf(guard);
    return { ...list, ...located, overrideGuards, ...(Object.keys(bounds).length === 0 ? {} : { guard: bounds }) };
  }
  const { id, category, confidence, tlp, pap, scope, unknownTld, allowPublicSuffix, decay } = list;
  const optional = { ...(scope === undefined ? {} : { scope }), ...(decay === undefined ? {} : { decay }) };
  return { id, manual, category, confidence, tlp, pap, unknownTld, allowPublicSuffix, overrideGuards, ...optional };
}

/** A list's file or copy, and how the copy is fetched. */
interface Located {
  readonly from: string;
  readonly fetch?: FetchConfig;
}

/** A list with its limit, whatever key that stands under. */
function withLimit<List extends { limit?: ChangeLimitConfig; guard?: ChangeLimitConfig }>({
  limit,
  guard,
  ...list
}: List): Omit<List, "limit" | "guard"> & { limit: ChangeLimitConfig } {
  return { ...list, limit: limit ?? guard ?? changeLimitDefault };
}

/** The file's value in the schema's shape; undefined, with its faults added, where it has another. */
function check<T extends z.ZodType>(yaml: YamlFile, schema: T, faults: Fault[]): z.output<T> | undefined {
  faults.push(...yaml.faults);
  if (yaml.faults.length > 0) return undefined;
  const result = schema.safeParse(yaml.value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    for (const { path, message, part } of describeIssue(issue, schema, yaml.value)) {
      faults.push({ code: "CONFIG_INVALID", ...yaml.place(path, part), message });
    }
  }
  return undefined;
}

/** The zone files that `zones` names, each once, those of a directory in the order of their names. */
function findZoneFiles(main: YamlFile, faults: Fault[]): string[] {
  const value = valueAt(main.value, ["zones"]);
  const entries = Array.isArray(value) ? value : [value];
  const files = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    if (typeof entry !== "string" || entry === "" || entry.includes("\0")) continue;
    const path = resolve(dirname(main.file), entry);
    const fault = (code: Fault["code"], message: string): void => {
      faults.push({ code, ...main.place(["zones", i]), message });
    };
    try {
      if (!statSync(path).isDirectory()) {
        files.add(path);
        continue;
      }
      const found = readdirSync(path)
        .filter((name) => /\.ya?ml$/.test(name))
        .sort();
      if (found.length === 0) fault("CONFIG_INVALID", `the directory "${path}" has no .yaml or .yml file`);
      for (const name of found) files.add(join(path, name));
    } catch (error) {
      fault("CONFIG_UNREADABLE", messageOf(error));
    }
  }
  return [...files];
}

function makeZone(definedIn: string, zone: ZoneFile): ZoneConfig {
  const { version: _, soa, take, ...rest } = zone;
  return {
    definedIn,
    ...rest,
    take: { ...take, maxTlp: take.maxTlp ?? maxTlpDefault[take.audience] },
    soa: { ...soa, rname: soa.rname ?? `hostmaster.${zone.apex}` },
  };
}

function keyFilesOf(here: string, settings: MainFile): string[] {
  return settings.keys.flatMap(({ secretFile }) => (secretFile === undefined ? [] : [resolve(here, secretFile)]));
}

function loadKeys(
  main: YamlFile,
  settings: MainFile,
  env: NonNullable<LoadOptions["env"]>,
  faults: Fault[],
  warnings: ConfigNote[],
): KeyConfig[] {
  const keys: KeyConfig[] = [];
  for (const [i, { name, algorithm, secretFile, secretEnv }] of settings.keys.entries()) {
    const way = secretFile === undefined ? "secretEnv" : "secretFile";
    let outcome: SecretOutcome;
    if (secretFile !== undefined) outcome = secretFromFile(resolve(dirname(main.file), secretFile));
    else if (secretEnv !== undefined) outcome = secretFromEnv(secretEnv, env);
    else continue;
    const place = main.place(["keys", i, way]);
    if (outcome.kind === "fault") {
      faults.push({ code: "SECRET_UNREADABLE", ...place, message: outcome.message });
      continue;
    }
    if (outcome.warning !== undefined) warnings.push({ ...place, message: outcome.warning });
    const file = secretFile === undefined ? undefined : resolve(dirname(main.file), secretFile);
    keys.push(makeKey({ name, algorithm, secret: outcome.secret, secretFile: file }));
  }
  return keys;
}

function loadTls(
  main: YamlFile,
  settings: MainFile | undefined,
  { before, clock = systemClock }: LoadOptions,
  faults: Fault[],
  warnings: ConfigNote[],
): TlsConfig | undefined {
  if (settings?.server.tls === undefined) return undefined;
  const here = dirname(main.file);
  const reading = { main, here, nowMs: clock.nowMs(), before: before?.server.tls, faults, warnings };
  return makeTls(settings.server.tls, reading);
}

/** By file in the order they were read, then by place. */
function inOrder(faults: readonly Fault[]): Fault[] {
  const files = [...new Set(faults.map((fault) => fault.file))];
  return faults.toSorted(
    (a, b) =>
      files.indexOf(a.file) - files.indexOf(b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  );
}

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
