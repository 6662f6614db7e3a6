/**
 * What a checked configuration looks like to the rest of the program: frozen, every default filled in, every path
 * absolute, every name in lower case without its final dot. `loadConfig()` is the only maker.
 */

import type { Place } from "../base/errors.ts";
import type { GuardClass } from "../guard/class.ts";
import type { ComputedGuard } from "../guard/computed.ts";
import type { GuardFormat } from "../guard/format/format.ts";
import type { CategoryTable } from "../indicator/facts/categories.ts";
import type { FactColumns, FactField } from "../indicator/facts/columns.ts";
import type { ConfidenceScale } from "../indicator/facts/confidence.ts";
import type { Pap, Tlp } from "../indicator/facts/facts.ts";
import { fetchedFormatNames, type ListFormat, readFormats } from "../indicator/format/format.ts";
import type { DateFormat } from "../indicator/moment.ts";
import type { LocalDataMeaning, Scope, TargetMeanings, Wildcard } from "../indicator/role.ts";
import type { AddressTrigger, NameTrigger } from "../rpz/label.ts";
import type { MispTraits } from "./misp-types.ts";
import type { ZoneConfig } from "./zone-types.ts";

/** The formats that a list may have; `auto` decides from its first lines. */
export const listFormats: readonly ["auto", ...typeof readFormats] = ["auto", ...readFormats];
/** The same with those that only say how a list is fetched. */
export const sourceFormats: readonly ["auto", ...typeof readFormats, ...typeof fetchedFormatNames] = [
  ...listFormats,
  ...fetchedFormatNames,
];

/** TSIG algorithms (RFC 8945 section 6). */
export const keyAlgorithms = ["hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha224", "hmac-sha1"] as const;
export type KeyAlgorithm = (typeof keyAlgorithms)[number];

/** Where to listen. */
export interface ListenConfig {
  /** An IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  /** 0..65535; 0 takes any free port. */
  readonly port: number;
}

/** Limits that replace the server's own; those absent stay as `src/xfr/limits.ts` has them. */
export interface ServerLimits {
  /** TCP connections in all; strangers take at most three quarters of them. */
  readonly connectionsMax?: number;
  /** TCP connections of one IPv4 address or one IPv6 /64. */
  readonly connectionsPerClientMax?: number;
  /** Transfers that run at the same time. */
  readonly transfersMax?: number;
  /** Seconds that a connection may go without a whole query while nothing is owed to it. */
  readonly idleSeconds?: number;
  /** Seconds that a client may leave one write untaken. */
  readonly stallSeconds?: number;
  /** Seconds that one transfer may take in all. */
  readonly transferSeconds?: number;
  /** Seconds that running transfers have to end when the server is told to stop. */
  readonly drainSeconds?: number;
}

/** Transfers over TLS (RFC 9103). `JSON.stringify` and `util.inspect` leave the private key out. */
export interface TlsConfig {
  readonly listen: readonly ListenConfig[];
  /** Absolute paths, in the order certificate, private key, authorities of clients. */
  readonly files: readonly string[];
  /** The server's certificate in PEM, then those that lead to its authority. */
  readonly certificate: string;
  readonly privateKey: string;
  /** PEM of the authorities that client certificates lead to; absent: clients are asked for none. */
  readonly clientCa?: string;
}

/** A TSIG key. `JSON.stringify` and `util.inspect` leave the secret out. */
export interface KeyConfig {
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  /** At least 16 octets. */
  readonly secret: Uint8Array;
  /** The file that the secret was read from; undefined where it came from the environment. */
  readonly secretFile: string | undefined;
}

/** How far a list may change at once: the new one is kept waiting where its change is beyond both, and not at them. */
export interface ChangeLimitConfig {
  /** Percent of the last good snapshot's entries. */
  readonly percent: number;
  readonly entries: number;
}

/**
 * Bounds of a source besides its limit, each absent where it is not set. What the percentages name counts by them, and not by
 * the limit.
 */
export interface SourceGuardConfig {
  /** Percent of its entries that it may lose at once on balance. */
  readonly shrinkPercent?: number;
  /** Percent of its entries that it may gain at once on balance. */
  readonly growPercent?: number;
  /** Percent of its entries that may be exchanged for others, or say something else, at once. */
  readonly turnoverPercent?: number;
  /** Names that may come within 24 hours. */
  readonly newPerDay?: number;
  /** The same of each organisation that its rows name. */
  readonly newPerDayByOrganisation?: number;
  /** Entries below which it must not shrink. */
  readonly minEntries?: number;
  /** For so long it may stay unconfirmed before it is warned of. */
  readonly maxAgeSeconds?: number;
}

/** Where a list may be fetched from: the public Internet, or addresses inside (loopback, private, link-local …) as well. */
export const networks = ["public", "internal"] as const;
export type Network = (typeof networks)[number];

/** What goes for all that is fetched by HTTP. `JSON.stringify` and `util.inspect` leave out what may be a secret. */
export interface HttpConfig {
  /** http or https, without user, password and fragment. Its query may hold a secret. */
  readonly url: string;
  /** From one fetch to the next: 60 to 30 days. */
  readonly everySeconds: number;
  /** Names in lower case, with their values. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The header of this name: `Basic …`, `Bearer …`, or the key of a MISP. */
  readonly authorization?: string;
  /** Certificates in PEM that count in place of the system's. */
  readonly ca?: string;
  /** In PEM. */
  readonly client?: { readonly certificate: string; readonly privateKey: string };
  /** The origin of a proxy. */
  readonly proxy?: string;
  readonly network: Network;
  /** For a fetch with its redirects and its second tries. */
  readonly timeoutSeconds: number;
  /** Octets that may come, as they come. */
  readonly fetchedBytesMax: number;
}

/** A list that is one answer. */
export interface ListFetchConfig extends HttpConfig {
  readonly kind: "list";
  /** The name of the file in a zip archive; absent: its first. */
  readonly member?: string;
}

/** A policy zone from its primaries, by AXFR and IXFR. `JSON.stringify` and `util.inspect` leave out its secrets. */
export interface TransferFetchConfig {
  readonly kind: "transfer";
  /** At least one, in the order in which they are asked. */
  readonly primaries: readonly ListenConfig[];
  /** The zone's name. */
  readonly apex: string;
  /** TSIG; the secret in base64, since a task goes to another process as text. */
  readonly key?: { readonly name: string; readonly algorithm: KeyAlgorithm; readonly secret: string };
  readonly tls?: TransferTls;
  /** The longest time from one fetch to the next; the zone's SOA may ask for a shorter one. */
  readonly everySeconds: number;
  readonly timeoutSeconds: number;
  /** Octets that may come. */
  readonly fetchedBytesMax: number;
}

/** Transfers over TLS (RFC 9103). */
export interface TransferTls {
  /** Certificates in PEM that count in place of the system's. */
  readonly ca?: string;
  /** The name in the primary's certificate; absent: its address. */
  readonly name?: string;
  /** In PEM. */
  readonly client?: { readonly certificate: string; readonly privateKey: string };
}

/** A folder where files appear, each of which is a list. */
export interface FolderFetchConfig {
  readonly kind: "folder";
  /** Absolute path. */
  readonly folder: string;
  /** From one look to the next, beside those that a watch asks for. */
  readonly everySeconds: number;
  /** For one look, with the reading of all that is new. */
  readonly timeoutSeconds: number;
}

/** What is asked of a MISP besides its events. */
export interface MispWants {
  /** Scores of its decay models. */
  readonly decay: boolean;
}

/** The events of a MISP, by its REST interface. */
export interface MispFetchConfig extends HttpConfig {
  readonly kind: "misp";
  /** From one reading of all events to the next. */
  readonly reconcileSeconds: number;
  /** For how long an event that is edited counts as it was published last. */
  readonly unpublishedGraceSeconds: number;
  readonly wants: MispWants;
}

/** A folder with a manifest and a file for each event. */
export interface MispFeedFetchConfig extends HttpConfig {
  readonly kind: "misp-feed";
}

/** A collection of a TAXII 2.1 server. */
export interface TaxiiFetchConfig extends HttpConfig {
  readonly kind: "taxii";
  /** Its id, alias or title; absent where the URL is that of a collection, or there is but one. */
  readonly collection?: string;
  /** From one reading of the whole collection to the next. */
  readonly resyncSeconds: number;
}

/** How a list is fetched. */
export type FetchConfig =
  | ListFetchConfig
  | TransferFetchConfig
  | FolderFetchConfig
  | MispFetchConfig
  | MispFeedFetchConfig
  | TaxiiFetchConfig;

/** A list and how to read it; what sources and allow lists have in common. */
export interface ListConfig {
  /** Unique among sources and allow lists. */
  readonly id: string;
  /** Absolute path; read as gzip where it ends in `.gz`. Of a list that is fetched, its copy. */
  readonly from: string;
  /** Absent: the list is a file. */
  readonly fetch?: FetchConfig;
  readonly format: ListFormat;
  /** csv: the column's header or its number from 1. json: the field of an object. Absent: the format's own choice. */
  readonly column?: string | number;
  /** json: where the array stands, as in `data.domains`. Absent: the document itself, or its only array. */
  readonly path?: string;
  /** csv, json: a row counts only where each of these columns or fields has one of the values. */
  readonly where: Readonly<Record<string, readonly string[]>>;
  /** What `*.name` says in formats without a scope of their own: the name with all beneath, or only what is beneath. */
  readonly wildcard: Wildcard;
  /** Of an allow list only the percentage counts. */
  readonly limit: ChangeLimitConfig;
  /** Octets that a list may have once expanded; a larger one is refused. */
  readonly expandedBytesMax: number;
}

/** How the confidence in an entry falls with its age: see `indicator/facts/decay.ts`. */
export interface DecayConfig {
  /** After so many days nothing is left. */
  readonly lifetimeDays: number;
  /** 1 falls evenly, more falls fast at first. */
  readonly speed: number;
  /** Below this confidence an entry no longer counts: 1..100. */
  readonly threshold: number;
}

/**
 * `automatic`: what needs no review counts at once, and what does when two people accept it. `trusted`: one person is enough.
 * `untrusted`: every entry is reviewed, by two people.
 */
export const trusts = ["automatic", "trusted", "untrusted"] as const;
export type Trust = (typeof trusts)[number];

/** What is said of a source of malicious names and addresses, wherever its entries come from. */
interface SourceTraits {
  /** Unique among sources and allow lists. */
  readonly id: string;
  /** As `confidence`, `tlp` and `pap`, what counts of entries that do not say it themselves. */
  readonly category: string;
  /** 0..100. */
  readonly confidence: number;
  readonly tlp: Tlp;
  readonly pap: Pap;
  /** Absent: what each entry, or its format, says of itself. */
  readonly scope?: Scope;
  /** What becomes of a name under a top-level domain that does not exist. */
  readonly unknownTld: "keep" | "reject";
  /** Whether a public suffix may be blocked with everything beneath it: overrides every guard of that class. */
  readonly allowPublicSuffix: boolean;
  /** Ids of guards that do not stop this source's entries, each once, those that `allowPublicSuffix` stands for included. */
  readonly overrideGuards: readonly string[];
  /** Where entries have facts of their own. Absent: an entry is as sure as when it was reported. */
  readonly decay?: DecayConfig;
}

/** A list of malicious names and addresses. */
export interface ListSourceConfig extends ListConfig, SourceTraits, MispTraits {
  /** rpz: what a rule that answers with data of its own is. */
  readonly localData: LocalDataMeaning;
  /** rpz: what rules with these targets are; absent: as they say themselves. */
  readonly actions?: TargetMeanings;
  /** Seconds after which the list is read again though its file looks unchanged; absent: only when it changes. */
  readonly refreshSeconds?: number;
  /** What names and addresses are compared with where no row says it. Absent: what a query asks for and an answer holds. */
  readonly names?: NameTrigger;
  readonly addresses?: AddressTrigger;
  /** csv, json: what a row says of its entry besides that it is listed. Absent: nothing. */
  readonly fields?: FactColumns;
  /** Of these, facts of which no row need say anything. */
  readonly optionalFields?: readonly FactField[];
  /** How days are written; absent: in ways that mean but one. */
  readonly dateFormat?: DateFormat;
  /** A name of the IANA database, for times that do not say theirs; absent: UTC. */
  readonly timeZone?: string;
  /** What the highest confidence is in the column that has it; absent: 100. */
  readonly confidenceScale?: ConfidenceScale;
  /** From the words that the source has for a kind of threat to categories. */
  readonly categories?: CategoryTable;
  /** How much its word counts without people. */
  readonly trust: Trust;
  /** Absent: the limit alone. */
  readonly guard?: SourceGuardConfig;
  readonly manual?: never;
}

/** A source without a list: people add its entries and end them. */
export interface ManualSourceConfig extends SourceTraits {
  readonly manual: true;
  readonly trust?: never;
}

export type SourceConfig = ListSourceConfig | ManualSourceConfig;

/** A list of names that no source may block. */
export interface AllowConfig extends ListConfig {
  /** Apexes of the zones that it is for; absent: all. */
  readonly zones?: readonly string[];
  /** Whether nothing goes off the list while a line of it cannot be read. */
  readonly strict: boolean;
  /** Absent: what the format itself says of each entry; a plain name alone, `*.name` with everything beneath. */
  readonly scope?: Scope;
}

/** A guard without a list: what it guards follows from the configuration. */
export interface ComputedGuardConfig extends ComputedGuard {
  /** Apexes of the zones that it guards; absent: all. */
  readonly zones?: readonly string[];
  readonly builtIn: true;
}

export type GuardConfig = GuardListConfig | ComputedGuardConfig;

/** A list of names or addresses that stops or narrows rules. */
export interface GuardListConfig {
  /** Unique among guards; sources override it by this id. */
  readonly id: string;
  readonly class: GuardClass;
  /** Absolute path; read as gzip where it ends in `.gz`. Of a list that is fetched, its copy. */
  readonly from: string;
  /** Absent: the list is a file. */
  readonly fetch?: FetchConfig;
  readonly format: GuardFormat;
  /** ranks: how many names from the top guard; hosts of URLs are guarded ten times deeper. Absent: all. */
  readonly top?: number;
  /** Apexes of the zones that it guards; absent: all. */
  readonly zones?: readonly string[];
  /** `subtree`: every name beneath a listed one is guarded as the listed one is. */
  readonly scope: Scope;
  /** Whether nothing goes off the list while a line of it cannot be read. */
  readonly strict: boolean;
  /** Whether it came with the program and not from the configuration. */
  readonly builtIn: boolean;
}

/** Something at a place in a configuration file that an operator should know of. */
export interface ConfigNote extends Place {
  readonly message: string;
}

export interface Config {
  /** Absolute path of the file it came from. */
  readonly file: string;
  readonly stateDir: string;
  readonly databaseFile: string;
  readonly zoneDir: string;
  /** For how long what a list changed is kept. */
  readonly historySeconds: number;
  readonly server: {
    readonly listen: readonly ListenConfig[];
    readonly limits: ServerLimits;
    readonly tls?: TlsConfig;
  };
  /** How many lists are fetched at one time. */
  readonly fetchesMax: number;
  readonly keys: readonly KeyConfig[];
  /** Absolute paths of the files that secrets and certificates were read from. */
  readonly keyFiles: readonly string[];
  readonly sources: readonly SourceConfig[];
  readonly allow: readonly AllowConfig[];
  readonly guards: readonly GuardConfig[];
  readonly zones: readonly ZoneConfig[];
  /** What is allowed but unwise. */
  readonly warnings: readonly ConfigNote[];
}
