/**
 * Markings out of cells that may have several tags, of which some say something else: `tlp:green,osint:lifetime="perpetual"`.
 * The strictest counts, and what should be a marking and cannot be read is never passed over.
 */
import { type Pap, papOf, papPrefix, paps, stricter, type Tlp, tlpOf, tlpPrefix, tlps } from "./facts.ts";

export interface Marking<Level> {
  /** Undefined where no tag says one. */
  readonly level: Level | undefined;
  /** A tag says that the source must not be named to anybody outside. */
  readonly hidesSource: boolean;
}

interface Protocol<Level extends string> {
  readonly prefix: RegExp;
  readonly levels: readonly Level[];
  readonly read: (text: string) => Level | undefined;
}

const tlp: Protocol<Tlp> = { prefix: tlpPrefix, levels: tlps, read: tlpOf };
const pap: Protocol<Pap> = { prefix: papPrefix, levels: paps, read: papOf };

/** Undefined where a tag of TLP cannot be read, or the cell has no tag and is no marking. */
export function tlpMarkingOf(text: string): Marking<Tlp> | undefined {
  return markingOf(text, tlp);
}

/** The same of PAP. */
export function papMarkingOf(text: string): Marking<Pap> | undefined {
  return markingOf(text, pap);
}

/** How a tag of TLP says that the source of what it marks must not be named (Chatham House Rule). */
const hidden = /^tlp:\s*ex:\s*chr$/;
/** A tag of any taxonomy, or of a galaxy. */
const namespaced = /^[\w.-]+:./;

function markingOf<Level extends string>(text: string, protocol: Protocol<Level>): Marking<Level> | undefined {
  const tags = tagsOf(text);
  let level: Level | undefined;
  let hidesSource = false;
  // Tags without a namespace may stand beside those that have one, and say something else.
  let hasTag = tags.length === 0;
  const words: string[] = [];
  for (const tag of tags) {
    const said = protocol.read(tag);
    if (said !== undefined) {
      level = stricter(protocol.levels, level, said);
      hasTag ||= namespaced.test(tag);
    } else if (hidden.test(tag)) hidesSource = hasTag = true;
    else if (protocol.prefix.test(tag)) return undefined;
    else if (namespaced.test(tag)) hasTag = true;
    else words.push(tag);
  }
  return words.length > 0 && !hasTag ? undefined : { level, hidesSource };
}

/** The tags of a cell in lower case: separated outside quotes, without quotes and brackets around one. */
function tagsOf(text: string): string[] {
  const tags = text.toLowerCase().match(/(?:[^,;|"]|"[^"]*")+/g) ?? [];
  return tags
    .map((tag) =>
      tag
        .replace(/^[\s[]+|[\s\]]+$/g, "")
        .replace(/^"([^"]*)"$/, "$1")
        .trim(),
    )
    .filter((tag) => tag !== "");
}
