/** Makes what is needed to fetch a list of its entry in the main file: where its copy stands, and its secrets, read. */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { join, resolve } from "node:path";
import { inspect } from "node:util";
import { endpointToText } from "../base/endpoint.ts";
import { shownUrl } from "../base/shown-url.ts";
import { isMispFormat } from "./check-misp.ts";
import {
  everyMaxSecondsDefault,
  everySecondsDefault,
  folderEverySecondsDefault,
  reconcileSecondsDefault,
  resyncSecondsDefault,
  unpublishedGraceSecondsDefault,
} from "./defaults.ts";
import type { YamlFile } from "./document.ts";
import type { Fault } from "./faults.ts";
import { noProxy, type SecretWord } from "./fetch-schema.ts";
import type { MainFile } from "./schema.ts";
import { type TextOutcome, textFromEnv, textFromFile } from "./secrets.ts";
import type {
  ConfigNote,
  FetchConfig,
  FolderFetchConfig,
  HttpConfig,
  KeyConfig,
  ListFetchConfig,
  MispFeedFetchConfig,
  MispFetchConfig,
  TaxiiFetchConfig,
  TransferFetchConfig,
  TransferTls,
} from "./types.ts";

/** The keys of an entry that say how it is fetched. */
type FetchEntry = Pick<MainFile["sources"][number], "folder"> &
  Pick<
    MainFile["sources"][number],
    | "url"
    | "every"
    | "headers"
    | "user"
    | "passwordFile"
    | "passwordEnv"
    | "bearerFile"
    | "bearerEnv"
    | "caFile"
    | "certificateFile"
    | "privateKeyFile"
    | "proxy"
    | "network"
    | "member"
    | "timeoutSeconds"
    | "fetchedBytesMax"
  > &
  Partial<Pick<MainFile["sources"][number], OwnFetchKey | "theirDecay">> & { readonly format?: string };
type OwnFetchKey = "keyFile" | "keyEnv" | "reconcile" | "unpublishedGrace" | "collection" | "resync";

/** A source that is a policy zone from a primary. */
type TransferEntry = Pick<
  MainFile["sources"][number],
  "primary" | "apex" | "key" | "tls" | "every" | "timeoutSeconds" | "fetchedBytesMax"
>;

/** Keys that say nothing else. */
type FetchKey = Exclude<keyof FetchEntry, "format" | "theirDecay">;

/** An entry without the keys that say how it is fetched. */
export function withoutFetchKeys<Entry extends FetchEntry>(entry: Entry): Omit<Entry, FetchKey> {
  const { folder, url, every, headers, user, passwordFile, passwordEnv, bearerFile, bearerEnv, ...rest } = entry;
  const { caFile, certificateFile, privateKeyFile, proxy, network, member, timeoutSeconds, fetchedBytesMax, ...left } =
    rest;
  const { keyFile, keyEnv, reconcile, unpublishedGrace, collection, resync, ...plain } = left;
  return plain as Omit<Entry, FetchKey>;
}

/** What of a fetch says which list it is. */
export type CopyOrigin =
  | (Pick<ListFetchConfig, "url" | "member"> & { readonly kind?: "list" })
  | Pick<TransferFetchConfig, "kind" | "apex" | "primaries">
  | Pick<FolderFetchConfig, "kind" | "folder">
  | Pick<MispFetchConfig, "kind" | "url" | "wants">
  | Pick<MispFeedFetchConfig, "kind" | "url">
  | Pick<TaxiiFetchConfig, "kind" | "url" | "collection">;

/**
 * Where the copy of a list stands. The name has the place of the list in it, and what else decides what comes: what came from another is
 * no copy of this one. `name` is that of the list's snapshots.
 */
export function copyFileOf(stateDir: string, name: string, origin: CopyOrigin): string {
  const digest = createHash("sha256").update(originText(origin)).digest("hex").slice(0, 16);
  return join(copyFolderOf(stateDir, name), `${digest}.list`);
}

function originText(origin: CopyOrigin): string {
  switch (origin.kind) {
    case "folder":
      return `folder\n${origin.folder}`;
    case "transfer":
      return `${origin.apex}\n${origin.primaries.map(endpointToText).toSorted().join("\n")}`;
    case "misp":
      return `${origin.url}\n${origin.kind} ${JSON.stringify(origin.wants)}`;
    case "misp-feed":
      return `${origin.url}\n${origin.kind}`;
    case "taxii":
      return `${origin.url}\n${origin.kind} ${origin.collection ?? ""}`;
    default:
      return `${origin.url}\n${origin.member ?? ""}`;
  }
}

/** The folder of a list's copies. */
export function copyFolderOf(stateDir: string, name: string): string {
  return join(stateDir, "fetched", name);
}

/** Reads the secrets and certificates of entries; faults and warnings go to the lists given. */
export class FetchMaker {
  readonly #main: YamlFile;
  readonly #here: string;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #commonProxy: string | undefined;
  readonly #faults: Fault[];
  readonly #warnings: ConfigNote[];
  /** Absolute paths of the files that were read. */
  readonly files: string[] = [];

  constructor(
    main: YamlFile,
    here: string,
    env: Readonly<Record<string, string | undefined>>,
    commonProxy: string | undefined,
    faults: Fault[],
    warnings: ConfigNote[],
  ) {
    this.#main = main;
    this.#here = here;
    this.#env = env;
    this.#commonProxy = commonProxy;
    this.#faults = faults;
    this.#warnings = warnings;
  }

  /** How the list of an entry at a path is fetched; undefined where it is a file. */
  make(at: readonly PropertyKey[], entry: FetchEntry): FetchConfig | undefined {
    const { folder, url, every = everySecondsDefault, network, timeoutSeconds, fetchedBytesMax } = entry;
    if (folder !== undefined) {
      const everySeconds = entry.every ?? folderEverySecondsDefault;
      return { kind: "folder", folder: resolve(this.#here, folder), everySeconds, timeoutSeconds };
    }
    if (url === undefined) return undefined;
    const headers = Object.entries(entry.headers).map(([name, value]) => {
      return [name.toLowerCase(), this.#word([...at, "headers", name], value) ?? ""] as const;
    });
    const authorization = this.#authorization(at, entry);
    const ca = this.#pem([...at, "caFile"], entry.caFile);
    const client = this.#client(at, entry);
    const proxy = entry.proxy ?? this.#commonProxy;
    return makeFetch({
      ...kindOf(entry),
      url: isMispFormat(entry.format) ? folderOf(url) : url,
      everySeconds: every,
      headers,
      ...(authorization === undefined ? {} : { authorization }),
      ...(ca === undefined ? {} : { ca }),
      ...(client === undefined ? {} : { client }),
      ...(proxy === undefined || proxy === noProxy ? {} : { proxy }),
      network,
      timeoutSeconds,
      fetchedBytesMax,
    });
  }

  /** How the policy zone of a source at a path is fetched; undefined where it has no `primary`. */
  makeTransfer(
    at: readonly PropertyKey[],
    entry: TransferEntry,
    keys: readonly KeyConfig[],
  ): TransferFetchConfig | undefined {
    const { primary, apex, key, tls, timeoutSeconds, fetchedBytesMax } = entry;
    if (primary === undefined || apex === undefined) return undefined;
    const found = keys.find(({ name }) => name === key);
    return makeTransferFetch({
      kind: "transfer",
      primaries: primary,
      apex,
      ...(found === undefined ? {} : { key: textKey(found) }),
      ...(tls === undefined ? {} : { tls: this.#tls([...at, "tls"], tls) }),
      everySeconds: entry.every ?? everyMaxSecondsDefault,
      timeoutSeconds,
      fetchedBytesMax,
    });
  }

  #tls(at: readonly PropertyKey[], { caFile, name, ...files }: NonNullable<TransferEntry["tls"]>): TransferTls {
    const ca = this.#pem([...at, "caFile"], caFile);
    const client = this.#client(at, files);
    return {
      ...(ca === undefined ? {} : { ca }),
      ...(name === undefined ? {} : { name }),
      ...(client === undefined ? {} : { client }),
    };
  }

  #authorization(at: readonly PropertyKey[], entry: FetchEntry): string | undefined {
    // MISP wants its key without a word in front.
    const key = this.#either(at, "keyFile", entry.keyFile, "keyEnv", entry.keyEnv);
    if (key !== undefined) return key;
    const bearer = this.#either(at, "bearerFile", entry.bearerFile, "bearerEnv", entry.bearerEnv);
    if (bearer !== undefined) return `Bearer ${bearer}`;
    if (entry.user === undefined) return undefined;
    const user = this.#word([...at, "user"], entry.user);
    const password = this.#either(at, "passwordFile", entry.passwordFile, "passwordEnv", entry.passwordEnv);
    if (user === undefined) return undefined;
    if (user.includes(":")) return this.#fault([...at, "user"], "has a colon, which RFC 7617 keeps for what follows");
    return `Basic ${Buffer.from(`${user}:${password ?? ""}`, "utf8").toString("base64")}`;
  }

  #client(
    at: readonly PropertyKey[],
    entry: Pick<FetchEntry, "certificateFile" | "privateKeyFile">,
  ): HttpConfig["client"] {
    const certificate = this.#pem([...at, "certificateFile"], entry.certificateFile);
    const { privateKeyFile } = entry;
    if (certificate === undefined || privateKeyFile === undefined) return undefined;
    const place = [...at, "privateKeyFile"];
    const privateKey = this.#take(place, this.#file(privateKeyFile, { isMultiLine: true }));
    if (privateKey === undefined) return undefined;
    try {
      if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey))) {
        return this.#fault(place, "is not the key of the certificate in certificateFile");
      }
    } catch {
      return this.#fault(place, "does not hold a private key in PEM without a passphrase");
    }
    return { certificate, privateKey };
  }

  /** Certificates in PEM. */
  #pem(at: readonly PropertyKey[], file: string | undefined): string | undefined {
    if (file === undefined) return undefined;
    const text = this.#take(at, this.#file(file, { isMultiLine: true, isPublic: true }));
    if (text === undefined) return undefined;
    return isCertificate(text) ? text : this.#fault(at, "does not hold a certificate in PEM");
  }

  #word(at: readonly PropertyKey[], value: SecretWord): string | undefined {
    if (typeof value === "string") return this.#take(at, { kind: "text", text: value });
    return this.#take(at, "env" in value ? textFromEnv(value.env, this.#env) : this.#file(value.file, {}));
  }

  #either(
    at: readonly PropertyKey[],
    fileKey: string,
    file: string | undefined,
    envKey: string,
    env: string | undefined,
  ): string | undefined {
    if (file !== undefined) return this.#take([...at, fileKey], this.#file(file, {}));
    return env === undefined ? undefined : this.#take([...at, envKey], textFromEnv(env, this.#env));
  }

  #file(file: string, options: { readonly isMultiLine?: boolean; readonly isPublic?: boolean }): TextOutcome {
    const path = resolve(this.#here, file);
    this.files.push(path);
    return textFromFile(path, options);
  }

  #take(at: readonly PropertyKey[], outcome: TextOutcome): string | undefined {
    const place = this.#main.place(at);
    if (outcome.kind === "fault") {
      this.#faults.push({ code: "SECRET_UNREADABLE", ...place, message: outcome.message });
      return undefined;
    }
    if (outcome.warning !== undefined) this.#warnings.push({ ...place, message: outcome.warning });
    return outcome.text;
  }

  #fault(at: readonly PropertyKey[], message: string): undefined {
    this.#faults.push({ code: "CONFIG_INVALID", ...this.#main.place(at), message });
  }
}

/** What differs between the kinds of fetch. */
function kindOf(entry: FetchEntry) {
  const { format, member, theirDecay = false } = entry;
  if (format === "misp-feed") return { kind: "misp-feed" } as const;
  if (format === "taxii") {
    const { collection, resync = resyncSecondsDefault } = entry;
    return { kind: "taxii", ...(collection === undefined ? {} : { collection }), resyncSeconds: resync } as const;
  }
  if (format !== "misp") return { kind: "list", ...(member === undefined ? {} : { member }) } as const;
  const { reconcile = reconcileSecondsDefault, unpublishedGrace = unpublishedGraceSecondsDefault } = entry;
  const wants = { decay: theirDecay };
  return { kind: "misp", reconcileSeconds: reconcile, unpublishedGraceSeconds: unpublishedGrace, wants } as const;
}

/** The address of a MISP, or of the folder of a feed, whether or not it was written with its last slash or the file in it. */
function folderOf(url: string): string {
  const folder = new URL(url);
  folder.pathname = folder.pathname.replace(/(?:\/manifest\.json|\/)?$/, "/");
  return folder.href;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== null;
  } catch {
    return false;
  }
}

/** What keeps its secrets when it is printed, as a key does. */
function makeFetch<Fetch extends HttpConfig>(fetch: Fetch): Fetch {
  const { url, headers, authorization, ca, client, proxy, ...rest } = fetch;
  const shown = () => ({
    ...rest,
    url: shownUrl(url),
    headers: headers.map(([name]) => name),
    authorization:
      authorization === undefined ? null : (/^(basic|bearer) /i.exec(authorization)?.[1] ?? "key").toLowerCase(),
    ca: ca !== undefined,
    clientCertificate: client !== undefined,
    proxy: proxy === undefined ? null : shownUrl(proxy),
  });
  return shownAs({ ...fetch }, shown);
}

function makeTransferFetch(fetch: TransferFetchConfig): TransferFetchConfig {
  const { key, tls, ...rest } = fetch;
  const shown = () => ({
    ...rest,
    key: key?.name ?? null,
    tls: tls === undefined ? null : { name: tls.name ?? null, ca: "ca" in tls, clientCertificate: "client" in tls },
  });
  return shownAs({ ...fetch }, shown);
}

function shownAs<Made extends object>(made: Made, shown: () => object): Made {
  Object.defineProperty(made, "toJSON", { value: shown });
  Object.defineProperty(made, inspect.custom, { value: shown });
  return made;
}

function textKey({ name, algorithm, secret }: KeyConfig): NonNullable<TransferFetchConfig["key"]> {
  return { name, algorithm, secret: Buffer.from(secret).toString("base64") };
}
