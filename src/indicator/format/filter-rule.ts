/**
 * One rule of an adblock list, as programs that filter DNS read it. Only a rule about a whole name can be taken: `||name^`
 * (with all beneath), `||*.name^` (only beneath), `|name^` (alone), with options that leave it a block of the name.
 */
import { parseAddress } from "../../rpz/address.ts";
import { flag } from "../entry/collector.ts";
import { type Item, readHost } from "../item-host.ts";
import { decodeOctets, trimItem } from "../item-text.ts";
import type { RejectReason } from "../rejects.ts";
import type { Reading, Role } from "../role.ts";
import { cutComment } from "./line-parser.ts";
import { isNullAddress } from "./null-address.ts";

/** Options that leave a rule a block of the whole name, as bits. */
export const ruleOption = { all: 0x20, document: 0x40, important: 0x80 } as const;
const optionBits: Readonly<Record<string, number>> = {
  all: ruleOption.all,
  document: ruleOption.document,
  doc: ruleOption.document,
  important: ruleOption.important,
};

const cosmeticMark = /#@?[?$%]{0,2}#|\$@?\$/;
/** A comment behind a rule. */
const inlineComment = /[ \t]#/;

export interface FilterRule {
  readonly host: Item;
  /** Bits of `flag` as stated. */
  readonly flags: number;
  /** Bits of `ruleOption`. */
  readonly options: number;
  readonly isException: boolean;
  readonly isBadfilter: boolean;
  /** Names beneath that the rule leaves out. */
  readonly denied: readonly Item[];
}

/** Whether a line (trimmed) is a rule in a list of names: an exception, or anchored with a bar. */
export function isFilterRule(octets: string): boolean {
  return octets.startsWith("@@") || octets.startsWith("|");
}

/**
 * Whether a line (trimmed) is a rule about parts of pages. One of the other rules with such a mark is a comment or a mistake.
 * In a list of names to allow, where a name may not be lost, a comment may start like it, too.
 */
export function isCosmeticRule(octets: string, role: Role): boolean {
  return !isFilterRule(octets) && cosmeticMark.test(role === "allow" ? cutComment(octets, inlineComment) : octets);
}

/**
 * Reads a rule, or says why it is no block or exception of a name. In a list of names to allow, every rule says what is to
 * be allowed, and one whose pattern makes no sense is `bad-syntax` and not one that is merely not supported.
 */
export function readFilterRule(octets: string, role: Role, reading: Reading = role): FilterRule | RejectReason {
  if (isCosmeticRule(octets, role)) return "cosmetic-rule";
  const line = decodeOctets(cutComment(octets, inlineComment));
  if (line === undefined) return "not-utf8";
  const isException = line.startsWith("@@");
  const body = isException ? line.slice(2) : line;
  // A host name has no `$`, so the first one ends the pattern of every rule that can be taken.
  const dollar = body.indexOf("$");
  const pattern = trimItem(dollar === -1 ? body : body.slice(0, dollar));
  const target = readPattern(pattern, reading, isException);
  if (typeof target === "string") return target === "unsupported-rule" && role === "allow" ? "bad-syntax" : target;
  // The mark of a rule about parts of pages is a mistake here, and no option that somebody chose.
  if (/^@?\$/.test(body.slice(dollar + 1))) return "bad-syntax";
  const options = readOptions(dollar === -1 ? [] : body.slice(dollar + 1).split(","), isException);
  if (typeof options === "string") return options;
  const { denied } = options;
  // Rules that it takes back stand in other lists; here it would only be a name that is gone.
  if (options.isBadfilter && role === "allow") return "unsupported-option";
  const canDeny = role === "block" && !options.isBadfilter && denied.every((item) => item.kind !== "reject");
  if (denied.length > 0 && !canDeny) return "unsupported-option";
  const self = target.hasSelf ? (isException ? flag.exemptSelf : flag.blockSelf) : 0;
  const beneath = target.hasBeneath ? (isException ? flag.exemptBeneath : flag.blockBeneath) : 0;
  return { host: target.host, flags: self | beneath, isException, ...options };
}

interface Target {
  readonly host: Item;
  readonly hasSelf: boolean;
  readonly hasBeneath: boolean;
}

/** What a pattern is about. An exception may leave out the separator at its end, and the bars in front. */
function readPattern(pattern: string, reading: Reading, isException: boolean): Target | RejectReason {
  const isLoose = isException || reading === "allow";
  if (/^\/.+\/$/.test(pattern)) return "regular-expression";
  if (/\s/.test(pattern)) return "free-text";
  const bars = /^\|{0,2}/.exec(pattern)?.[0].length ?? 0;
  if (bars === 0 && !isException) return "unsupported-rule";
  const named = pattern.slice(bars);
  const url = /^[a-z][a-z0-9+.-]*:\/\/([^/^]+)[/^]?\|?$/i.exec(named);
  // The pages of a whole host are that host, which may be allowed, but a rule that blocks pages does not block names.
  if (url !== null && isLoose) return { host: readHost(url[1] as string, "allow"), hasSelf: true, hasBeneath: false };
  if (named.includes("://")) return isLoose ? "rule-with-path" : "unsupported-rule";
  if (named.includes("/")) return "rule-with-path";
  // Lists for DNS filters also write their exceptions with a bar at the end.
  const ended = isLoose && named.endsWith("^|") ? named.slice(0, -1) : named;
  const isBeneath = bars === 2 && ended.startsWith("*.");
  const name = ended.slice(isBeneath ? 2 : 0);
  if (name.includes("*")) return "wildcard";
  const separator = name.indexOf("^");
  if (separator === -1 ? !isLoose || name.endsWith("|") : separator !== name.length - 1) return "unsupported-rule";
  const host = readHost(separator === -1 ? name : name.slice(0, -1), reading);
  return { host, hasSelf: !isBeneath, hasBeneath: bars === 2 };
}

type Options = Pick<FilterRule, "options" | "isBadfilter" | "denied">;

/** The options of a rule, or why one of them narrows it to something else than the whole name. */
function readOptions(options: readonly string[], isException: boolean): Options | RejectReason {
  let bits = 0;
  let isBadfilter = false;
  let denied: readonly Item[] = [];
  for (const option of options) {
    const [, name = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(option) ?? [];
    if (value === undefined && Object.hasOwn(optionBits, name)) bits |= optionBits[name] as number;
    else if (option === "badfilter") isBadfilter = true;
    else if (name === "denyallow" && value !== undefined && !isException) {
      denied = value.split("|").map((text) => readHost(text));
    } else if (name === "dnsrewrite" && value !== undefined && !isException) {
      if (!isBlockingRewrite(value)) return "maps-address";
    } else return "unsupported-option";
  }
  return { options: bits, isBadfilter, denied };
}

/** Whether nobody reaches a name with this answer: NXDOMAIN, REFUSED, or a null address; any other answer maps it. */
function isBlockingRewrite(value: string): boolean {
  const [code = "", type = "", data = "", ...more] = value.split(";");
  if (/^(?:nxdomain|refused)$/i.test(code)) return type === "" && data === "" && more.length === 0;
  const isAddress = /^noerror$/i.test(code) && /^(?:a|aaaa)$/i.test(type) && more.length === 0;
  const address = parseAddress(isAddress ? data : value);
  return address !== undefined && isNullAddress(address);
}
