/** Prepares the trial of a list: a configuration of its own in a temporary folder, and there the list, fetched or copied. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { OperatorError } from "../base/errors.ts";
import { parseUrl, shownUrl } from "../base/shown-url.ts";
import { ConfigError } from "../config/faults.ts";
import { loadConfig } from "../config/load.ts";
import { isManual } from "../config/source-kinds.ts";
import type { Config, ListSourceConfig } from "../config/types.ts";
import { fetchesHere } from "../daemon/fetch-here.ts";
import { fetchTasksOf } from "../daemon/fetch-tasks.ts";
import { readCopyState } from "../feed/fetch/copy-state.ts";
import { Categories } from "../indicator/facts/categories.ts";
import type { Invocation } from "./command.ts";
import type { Io } from "./io.ts";

/** A list that is tried. */
export interface TrialSetUp {
  readonly source: ListSourceConfig;
  /** Of the trial: one zone that takes all of the source, and the built-in guards. */
  readonly config: Config;
  /** Keys of the source with their values as they are given, `id` first; to be written down. */
  readonly keys: ReadonlyMap<string, string>;
  /** The address or path for people, without what may be a secret. */
  readonly shown: string;
  readonly isFetched: boolean;
  /** When its host says that it changed; undefined where it says nothing, or the list is a file. */
  readonly lastModified: string | undefined;
}

/** Octets of stdin. */
const inputBytesMax = 256 * 1024 * 1024;
/** Options that are keys of a source. */
const keyOptions = ["format", "column", "path", "scope", "category", "network", "member"] as const;
/** Keys that hold paths, which the trial's folder must not change. */
const pathKeys = ["bearerFile", "passwordFile", "caFile", "certificateFile", "privateKeyFile"];

/**
 * Prepares, calls `work`, and sweeps: also where the process is told to stop meanwhile.
 * @throws OperatorError USAGE, SOURCE_UNREADABLE, FETCH_FAILED and what `work` throws
 */
export async function withTrial<T>(
  invocation: Invocation,
  io: Io,
  work: (setUp: TrialSetUp) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "rpzmill-try-"));
  const sweep = (): void => rmSync(folder, { recursive: true, force: true });
  const release = io.onSignal((signal) => {
    if (signal === "SIGHUP") return;
    sweep();
    io.exitNow(1);
  });
  try {
    return await work(await setUp(folder, invocation, io));
  } finally {
    release();
    sweep();
  }
}

async function setUp(folder: string, invocation: Invocation, io: Io): Promise<TrialSetUp> {
  const given = invocation.operand("LIST");
  const url = /^https?:/i.test(given) ? parseUrl(given) : undefined;
  const shown = url === undefined ? given : shownUrl(url);
  let file = resolve(given);
  if (given === "-") {
    file = join(folder, "stdin");
    const bytes = io.readInput(inputBytesMax + 1);
    if (bytes.length > inputBytesMax) {
      throw new OperatorError("USAGE", `Cannot try more than ${inputBytesMax} octets of stdin`, "Give it as a file");
    }
    writeFileSync(file, bytes, { mode: 0o600 });
  }
  const keys = keysOf(invocation, shown);
  const place = url === undefined ? { from: file } : { url: url.href };
  const { source, config } = load(folder, keys, place, io);
  const { fetch, from } = source;
  if (fetch === undefined) {
    if (given !== "-" && !existsSync(from)) throw notThere(given);
    return { source, config, keys, shown, isFetched: false, lastModified: undefined };
  }
  const [task] = fetchTasksOf({ sources: [source], allow: [], guards: [] });
  if (task === undefined) throw new RangeError("A list with a url has no fetch");
  io.stderr.write(`fetching ${shown}\n`);
  const { error } = await fetchesHere(io.clock)(task, "force");
  if (error !== null) throw new OperatorError(error.code, error.message, error.remedy);
  const lastModified = readCopyState(from)?.copy?.lastModified;
  return { source, config, keys, shown, isFetched: true, lastModified };
}

function notThere(given: string): OperatorError {
  return new OperatorError(
    "SOURCE_UNREADABLE",
    `Cannot read "${given}": there is no such file`,
    "Give a file, an address that begins with https://, or - for stdin",
  );
}

/** The keys of the source by the options, as YAML. */
function keysOf(invocation: Invocation, shown: string): Map<string, string> {
  const keys = new Map<string, string>([["id", idOf(shown)]]);
  for (const option of keyOptions) {
    const value = invocation.value(option);
    if (value === undefined) continue;
    // A column may be a number.
    keys.set(option, option === "column" && /^\d+$/.test(value) ? value : JSON.stringify(value));
  }
  for (const given of invocation.values("set")) {
    const [, key, value] = /^([a-zA-Z]+)=([\s\S]+)$/.exec(given) ?? [];
    if (key === undefined || value === undefined) {
      throw new OperatorError(
        "USAGE",
        `Cannot read --set ${JSON.stringify(given)}: it is no key with a value`,
        "Give a key of sources as in the configuration: --set 'bearerFile=keys/vendor'",
      );
    }
    keys.set(key, pathKeys.includes(key) ? JSON.stringify(resolve(value)) : value);
  }
  const guessed = categoryIn(shown);
  if (guessed !== undefined && !keys.has("category") && !keys.has("fields")) keys.set("category", guessed);
  return keys;
}

/** An id by the address or the name of the file. */
function idOf(shown: string): string {
  const url = parseUrl(shown);
  const isUrl = url !== undefined && /^https?:$/.test(url.protocol);
  const name = isUrl ? `${url.hostname.replace(/^www\./, "")}-${basename(url.pathname)}` : basename(shown);
  const words = name
    .toLowerCase()
    .replace(/\.(?:gz|zip)$/, "")
    .replace(/\.(?:txt|csv|json|list|hosts|zone|rpz)$/, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return words === "" ? "tried" : words.slice(0, 64).replace(/-+$/, "");
}

/** The category that the address or the name of a list speaks of; undefined where it speaks of none. */
function categoryIn(shown: string): string | undefined {
  return new Categories().of(shown.toLowerCase().split(/[^a-z0-9]+/));
}

/** @throws OperatorError USAGE where a key is wrong */
function load(
  folder: string,
  keys: ReadonlyMap<string, string>,
  place: Readonly<Record<string, string>>,
  io: Io,
): { readonly source: ListSourceConfig; readonly config: Config } {
  const all = [...keys, ...Object.entries(place).map(([key, value]) => [key, JSON.stringify(value)] as const)];
  const source = all.map(([key, value]) => `${key}: ${value}`).join(", ");
  const main = join(folder, "try.yaml");
  writeFileSync(main, `version: 1\nstate: state\nsources:\n  - {${source}}\nzones: [zone.yaml]\n`, { mode: 0o600 });
  const take = `{sources: [${keys.get("id")}], maxTlp: red, maxPap: red, audience: own, triggers: [qname, response-ip, client-ip, nsdname, nsip]}`;
  writeFileSync(
    join(folder, "zone.yaml"),
    `version: 1\napex: try.invalid\ntake: ${take}\naction: nxdomain\ntransfer: [{address: 127.0.0.1/32}]\n`,
  );
  try {
    const config = loadConfig(main, { env: io.env });
    const [first] = config.sources;
    if (first === undefined || isManual(first))
      throw new OperatorError("USAGE", "Cannot try a source without a list", "See `rpzmill source try --help`");
    return { source: first, config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const why = error.faults.map(({ key, message }) =>
      `${(key ?? "").replace(/^sources\[0\]\.?/, "")} ${message}`.trim(),
    );
    throw new OperatorError(
      "USAGE",
      `Cannot try it so: ${why.join("; ")}`,
      "docs/configuration.md has every key of a source",
    );
  }
}
