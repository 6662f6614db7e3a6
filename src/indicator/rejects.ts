/**
 * What a list said that did not become an indicator, counted by reason, with the first of each kept to show. Comments
 * and blank lines are no rejects.
 */

import { maskedName, maskedText, mentionsMasked } from "./facts/masked.ts";

/** Why a line, or one item of a line, was not accepted. Stable: reports and tests use these words. */
export type RejectReason =
  /** The line is longer than `lineBytesMax`; only its start was looked at. */
  | "line-too-long"
  /** The last line of a list that shrank does not end in a line feed: half of it may be missing. */
  | "cut-line"
  /** The line holds NUL or other control octets. */
  | "binary"
  /** The octets are not UTF-8. */
  | "not-utf8"
  /** Several words where one item should stand. */
  | "free-text"
  /** Words behind a name or address: a table, whose words may well say that the name is harmless. */
  | "several-columns"
  /** An exception of the source that cannot be read, so that what it takes out is blocked. */
  | "exception-unreadable"
  /** The column, cell or array item is empty or missing. */
  | "empty-item"
  /** An octet or character that no host name in a list has. */
  | "bad-character"
  /** Two dots in a row, or nothing between marks. */
  | "empty-label"
  /** A label over 63 octets (RFC 1035 2.3.4). */
  | "label-too-long"
  /** A name over 253 characters (RFC 1035 2.3.4). */
  | "name-too-long"
  /** A name of one label, such as `en` or `com`. */
  | "single-label"
  /** The last label is a number, so that this is no name (RFC 1123 2.1, RFC 3696 2). */
  | "numeric-tld"
  /** A label `xn--` with nothing behind it, or characters that IDNA forbids (UTS 46). */
  | "bad-idn"
  /** The name's top label is one that policy zones use for their other triggers, or in a policy zone another that begins with `rpz-`. */
  | "reserved-label"
  /** A wildcard that a policy zone cannot express: inside a label, or not at the left. */
  | "wildcard"
  /** Looks like an address, yet is none: octal, short, out of range. */
  | "bad-address"
  /** A prefix with bits set beyond its length, and so wide that one address was meant rather than all of it. */
  | "host-bits"
  /** An address where the line must name a domain: a rule on answers would hit every other name at that address. */
  | "address-for-name"
  /** An address with a port that is none, or with several. */
  | "address-with-port"
  /** A name with a port that is none, or with several. */
  | "name-with-port"
  /** Something before an `@`: a mail address or a URL with user information. */
  | "userinfo"
  /** Loopback, private, link-local, multicast and the like: blocking it hits the network itself. */
  | "special-purpose-address"
  /** IPv4 shorter than /8 or IPv6 shorter than /19. */
  | "prefix-too-short"
  /** A URL in a list of names; a page is not its whole host. */
  | "url-in-domain-list"
  /** A line of a `urls` list that is no URL with a host. */
  | "bad-url"
  /** A URL of a scheme that names no host, such as `mailto:`. */
  | "unsupported-scheme"
  /** The host of a URL is an address: a response-ip rule would hit every other name at that address instead. */
  | "url-host-address"
  /** A line of a hosts list that is not an address and names. */
  | "not-a-hosts-line"
  /** The line gives the name an address that is no null address, or another name: it maps, it does not block. */
  | "maps-address"
  /** The usual first lines of a hosts file, such as `127.0.0.1 localhost`; ignored, not a fault. */
  | "boilerplate"
  /** A rule that the format has and that does not mean "block this name". */
  | "unsupported-rule"
  /** An option that narrows the rule to something a policy zone cannot tell. */
  | "unsupported-option"
  /** A cosmetic rule (`##`, `#@#` …): it hides parts of pages. */
  | "cosmetic-rule"
  /** A regular expression. */
  | "regular-expression"
  /** The rule names a path. */
  | "rule-with-path"
  /** An instruction to the reader of the list (`!#include`, `include:`), not followed. */
  | "directive"
  /** A rule between `!#if` and `!#endif`. */
  | "conditional-rule"
  /** A rule that a `$badfilter` or a rule of more weight in the same list cancels. */
  | "cancelled"
  /** Data of a view, which only some clients are answered from. */
  | "inside-view"
  /** A redirecting zone for whose name no null address is given. */
  | "redirect-without-sinkhole"
  /** The entry only says something of the names beneath, and the source's scope is `exact`. */
  | "outside-scope"
  /** A record type that is no action on a name or an address. */
  | "unsupported-trigger"
  /** A policy zone's record leads to what is no action and no walled garden either, such as a misspelt passthru. */
  | "unknown-action"
  /** The owner does not lie beneath the zone's apex. */
  | "outside-zone"
  /** The syntax of the format is broken here. */
  | "bad-syntax"
  /** No such column, or no header that names it. */
  | "no-such-column"
  /** A number, an object or the like where text should stand. */
  | "not-text"
  /** The document has several places where the items may stand, and no path says which. */
  | "ambiguous-path"
  /** The source calls the item legitimate, so it is not blocked. */
  | "marked-legitimate"
  /**
   * The trigger, a time, a marking or a revocation of the row cannot be read: it might count when or for what it must not, or
   * be shown to anyone.
   */
  | "bad-fact"
  /** The row's trigger is one for addresses and its item a name, or the other way round. */
  | "wrong-trigger"
  /** A name has more reports than are kept of one; those that decide whether it counts are kept. */
  | "too-many-reports"
  /** The row is not of the class that `where` asks for; ignored, not a fault. */
  | "filtered"
  /** The name lies under a top-level domain that does not exist, and the source has `unknownTld: reject`. */
  | "unknown-tld-rejected"
  /** The name stands deeper in a rank list than `top` reaches; ignored, not a fault. */
  | "beyond-top"
  /** An attribute of a type that names nothing a resolver can block, such as a hash; ignored, not a fault. */
  | "other-type"
  /** An address of a source whose addresses are not taken; ignored, not a fault. */
  | "address-not-taken"
  /** The source deleted it; ignored, not a fault. */
  | "deleted"
  /** The source says that it is for information (`to_ids` is not set), not for blocking; ignored, not a fault. */
  | "not-for-detection"
  /** It stands in an event that is not published, or no longer; ignored, not a fault. */
  | "unpublished"
  /** By the scores of its source it is too old to count; ignored, not a fault. */
  | "decayed"
  /** A warning list of its source has it, and the configuration says that it is not taken then; ignored, not a fault. */
  | "warninglisted"
  /** An event that could not be fetched; what it said before counts on. */
  | "event-not-fetched"
  /** STIX: a value that is no object with a type and an id. */
  | "not-a-stix-object"
  /** STIX: an object that says what somebody saw, as against an indicator; ignored, not a fault. */
  | "not-an-indicator"
  /** STIX: an indicator whose pattern is of another language, such as YARA or Snort; ignored, not a fault. */
  | "other-pattern-type"
  /** STIX: the pattern is not of the grammar, or not there. */
  | "pattern-unreadable"
  /** STIX: the pattern says what is not meant (`NOT`, `!=`), and what stands beside that in brackets is not taken either. */
  | "pattern-negated"
  /** STIX: the pattern names nothing that a resolver can block, such as a file. */
  | "pattern-inexpressible"
  | Note;

/** What is no reject and yet worth knowing of: counted, and shown beside the rejects. */
export type Note =
  /** The name lies under a top-level domain that does not exist; kept, since somebody may make one. */
  | "unknown-tld"
  /** Bits beyond the length of a prefix were set; it is taken with these cleared. */
  | "host-bits-cleared"
  /** A name that stands in a comment of an allow list, or beside the array that is read; it is not allowed. */
  | "not-taken"
  /** A name that an allow list or guard list no longer has; it stays on while a line of the list cannot be read. */
  | "not-removed"
  /** A name that an allow list or guard list no longer has; it stays on until that many losses at once are accepted. */
  | "beyond-limit"
  /** Beside `beyond-limit`: how many names the list had before it lost these; what it gained since must not hide a loss. */
  | "before-loss"
  /** Something that is said of a row besides cannot be read, and is unknown now; the row counts. */
  | "unknown-fact"
  /** The source has more combinations of facts than are kept: what the row says besides stands in its reference alone. */
  | "facts-cut"
  /** Another row says something else of the name under the same id; what was seen last counts, or the strictest of both. */
  | "several-versions"
  /** A warning list of its source has it: it may be somebody's well-known name; the entry counts, and guards judge it. */
  | "in-warninglist"
  /** Somebody reported to the source that it is no threat; the entry counts. */
  | "false-positive-sighting"
  /** STIX: what the pattern names counts once a person has said so. */
  | "needs-review"
  /** STIX: the pattern asks for a port, an address or the like beside a name, which no rule can; the name counts. */
  | "pattern-widened"
  /** STIX: some of what the pattern offers names nothing that a resolver can block; the rest counts. */
  | "pattern-partial"
  /** A row lacks the field of a marking, a time or a revocation that others have, so that it says nothing of it; it counts. */
  | "no-such-fact";

const notes: readonly Note[] = [
  "unknown-tld",
  "host-bits-cleared",
  "not-taken",
  "not-removed",
  "beyond-limit",
  "before-loss",
  "unknown-fact",
  "facts-cut",
  "several-versions",
  "in-warninglist",
  "false-positive-sighting",
  "needs-review",
  "pattern-widened",
  "pattern-partial",
  "no-such-fact",
];

/** Reasons of `Note`. */
export const noteReasons: ReadonlySet<RejectReason> = new Set(notes);

/** Reasons that are counted and are no fault of the list. */
const ignoredReasons: ReadonlySet<RejectReason> = new Set([
  ...notes,
  "boilerplate",
  "filtered",
  "cancelled",
  "beyond-top",
  "other-type",
  "address-not-taken",
  "deleted",
  "not-for-detection",
  "unpublished",
  "decayed",
  "warninglisted",
  "not-an-indicator",
  "other-pattern-type",
]);

/** Whether a reason is a fault of the list. */
export function isFault(reason: string): boolean {
  return !ignoredReasons.has(reason as RejectReason);
}

/** Sums counts by reason, those that are no fault of the list left out. */
export function countFaults(counts: Readonly<Record<string, number>>): number {
  return Object.entries(counts).reduce((sum, [reason, count]) => (isFault(reason) ? sum + count : sum), 0);
}

/** A reason after which a line surely means no name, beside those that are no fault. All others may hide one. */
const meansNoName: RejectReason = "cosmetic-rule";

/**
 * Whether a line with this reject may have meant a name, so that a list that must not lose any may have lost one: a typing
 * error can turn a name into nearly anything, also into what is understood and cannot be expressed.
 */
export function hidesName(reason: RejectReason): boolean {
  return reason !== meansNoName && isFault(reason);
}

/** One kept reject. */
export interface RejectSample {
  /** Line of the input, from 1; 0 where it was found apart from its line. */
  readonly line: number;
  /** The start of the line or item, printable ASCII. */
  readonly text: string;
}

/** Plain shape of the counts and samples, to pass between threads and to print. */
export interface RejectReport {
  readonly counts: Partial<Record<RejectReason, number>>;
  readonly samples: Partial<Record<RejectReason, readonly RejectSample[]>>;
}

/** Samples kept of each reason. */
export const samplesMax = 100;
/** Characters kept of a sample. */
export const sampleTextMax = 200;

export interface SampleOptions {
  /** Samples kept of each reason, some 200 octets each; absent: `samplesMax`. */
  readonly max?: number | undefined;
  /** Samples say no more than where they stand; else only those do that speak of the category which is masked. */
  readonly areMasked?: boolean | undefined;
}

export class Rejects implements RejectReport {
  readonly counts: Partial<Record<RejectReason, number>> = {};
  readonly samples: Partial<Record<RejectReason, RejectSample[]>> = {};
  readonly #samplesMax: number;
  readonly #areMasked: boolean;

  constructor({ max = samplesMax, areMasked = false }: SampleOptions = {}) {
    this.#samplesMax = max;
    this.#areMasked = areMasked;
  }

  /** Counts one reject; `item` may be octets of any kind or text, of which `from…to` is the part to show. */
  add(reason: RejectReason, line: number, item: Uint8Array | string, from = 0, to: number = item.length): void {
    const kept = this.#count(reason);
    if (kept === undefined) return;
    // Four octets are the most that one character takes, so this part is enough.
    const part = item.slice(from, Math.min(to, from + 4 * sampleTextMax));
    kept.push({ line, text: this.#shown(typeof part === "string" ? part : Buffer.from(part).toString("utf8")) });
  }

  /** Counts one reject of octets that are kept one per character. */
  addOctets(reason: RejectReason, line: number, octets: string): void {
    const kept = this.#count(reason);
    if (kept === undefined) return;
    const part = Buffer.from(octets.slice(0, 4 * sampleTextMax), "latin1");
    kept.push({ line, text: this.#shown(part.toString("utf8")) });
  }

  #shown(text: string): string {
    return this.#areMasked || mentionsMasked(text) ? maskedText : printable(text);
  }

  /** Counts names that were found apart from their lines; the first of them are kept, at line 0. */
  addNames(reason: RejectReason, count: number, names: readonly string[]): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + count;
    this.samples[reason] ??= [];
    const kept = this.samples[reason];
    for (const name of names.slice(0, this.#samplesMax - kept.length)) {
      kept.push({ line: 0, text: this.#areMasked ? maskedName(name, undefined) : printable(name) });
    }
  }

  /** Counts one reject and returns where to keep a sample; undefined where there are enough. */
  #count(reason: RejectReason): RejectSample[] | undefined {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1;
    this.samples[reason] ??= [];
    const kept = this.samples[reason];
    return kept.length < this.#samplesMax ? kept : undefined;
  }

  /** All rejects, those with an ignored reason left out. */
  get total(): number {
    return countFaults(this.counts);
  }

  /** Adds what another part of the same list gave; `lineOffset` is the number of lines before that part. */
  merge(other: RejectReport, lineOffset: number): void {
    for (const [key, count] of Object.entries(other.counts)) {
      const reason = key as RejectReason;
      this.counts[reason] = (this.counts[reason] ?? 0) + count;
      this.samples[reason] ??= [];
      const kept = this.samples[reason];
      for (const sample of other.samples[reason] ?? []) {
        if (kept.length >= this.#samplesMax) break;
        kept.push({ line: sample.line === 0 ? 0 : sample.line + lineOffset, text: sample.text });
      }
    }
  }

  /** Adds what one of several files gave; samples say which, and their lines are those of the file. */
  mergeFile(other: RejectReport, file: string): void {
    const named = Object.entries(other.samples).map(([reason, samples]) => {
      return [reason, samples.map(({ line, text }) => ({ line, text: printable(`${file}: ${text}`) }))] as const;
    });
    this.merge({ counts: other.counts, samples: Object.fromEntries(named) }, 0);
  }

  /** A plain copy. */
  report(): RejectReport {
    return { counts: { ...this.counts }, samples: structuredClone(this.samples) };
  }
}

/** The octets of a line or an object, one per character, with why it is a reject in front, where no cut takes it off. */
export function withWhy(why: string, octets: string): string {
  return `${Buffer.from(why, "utf8").toString("latin1")}${octets}`;
}

/** Text that is safe on a terminal and in a log: at most `sampleTextMax` characters, all printable ASCII. */
function printable(text: string): string {
  let shown = "";
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    const piece = code >= 0x20 && code < 0x7f ? character : `\\u{${code.toString(16)}}`;
    if (shown.length + piece.length > sampleTextMax) return shown;
    shown += piece;
  }
  return shown;
}
