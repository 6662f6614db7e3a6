/**
 * What a STIX pattern comes to for DNS. Of what can be listed by name or address, that is listed whose pattern says no more than a
 * list of names does; all else waits for a person, or says nothing. What stands for what is in docs/stix.md.
 */
import { beneathOf, candidatesOfLike, candidatesOfRegex, type Listed } from "./candidates.ts";
import { type Comparison, type ObjectPath, type Observation, pathText, type Qualifier, type Test } from "./pattern.ts";

/**
 * Why a person must look: `combined`, several things must be seen together; `sequence`, one after the other; `repeated`, so many
 * times; `qualified`, in some span of time; `pattern`, names that look like something, as a person may write them out.
 */
export type ReviewReason = "combined" | "sequence" | "repeated" | "qualified" | "pattern";

export interface Candidate extends Listed {
  readonly review: ReviewReason;
}

export interface Meaning {
  /** What it lists by itself, each once. */
  readonly listed: readonly Listed[];
  /** What it lists where a person says so, each once. */
  readonly candidates: readonly Candidate[];
  /** Something that is listed must be seen with a port, an address or the like, which no rule can ask for. */
  readonly isWidened: boolean;
  /** Something in it can be said by no rule on names and addresses: a file, a path, a person. */
  readonly isPartial: boolean;
  /** It says what is *not* meant, and what stands beside that is left out. */
  readonly isNegated: boolean;
}

interface Part extends Meaning {
  /** It only says more of what stands beside it. */
  readonly isQualifier: boolean;
}

const nothing: Part = {
  listed: [],
  candidates: [],
  isWidened: false,
  isPartial: false,
  isNegated: false,
  isQualifier: false,
};
const inexpressible: Part = { ...nothing, isPartial: true };

export function meaningOf(pattern: Observation): Meaning {
  const { listed, candidates, ...said } = meaningOfObservation(pattern);
  const own = distinct(listed);
  const known = new Set(own.map(keyOf));
  const { isQualifier: _, ...rest } = said;
  return { ...rest, listed: own, candidates: distinct(candidates).filter((one) => !known.has(keyOf(one))) };
}

function keyOf({ as, text }: Listed): string {
  return `${as} ${text}`;
}

function distinct<One extends Listed>(all: readonly One[]): One[] {
  return [...new Map(all.map((one) => [keyOf(one), one])).values()];
}

function meaningOfObservation(observation: Observation): Part {
  switch (observation.kind) {
    case "single": {
      const part = meaningOfComparison(observation.comparison);
      // Whoever wrote it had more in mind than a list of names, and what that is cannot be told.
      if (part.isNegated) return { ...nothing, isNegated: true };
      return part.isQualifier ? inexpressible : part;
    }
    case "or":
      return union(observation.parts.map(meaningOfObservation));
    case "and":
      return forReview(union(observation.parts.map(meaningOfObservation)), "combined");
    case "followed-by":
      return forReview(union(observation.parts.map(meaningOfObservation)), "sequence");
    case "qualified":
      return forReview(meaningOfObservation(observation.of), reviewOf(observation.qualifier));
  }
}

function reviewOf({ kind }: Qualifier): ReviewReason {
  return kind === "repeats" ? "repeated" : "qualified";
}

function union(parts: readonly Part[]): Part {
  const isQualifier = parts.every((part) => part.isQualifier);
  return {
    listed: parts.flatMap((part) => part.listed),
    candidates: parts.flatMap((part) => part.candidates),
    isWidened: parts.some((part) => part.isWidened),
    isPartial: parts.some((part) => part.isPartial || (part.isQualifier && !isQualifier)),
    isNegated: parts.some((part) => part.isNegated),
    isQualifier,
  };
}

/** The same, with nothing listed without a person. */
function forReview(part: Part, review: ReviewReason): Part {
  const listed = part.listed.map((one) => ({ ...one, review }));
  const candidates = part.candidates.map((one) => ({ ...one, review }));
  return { ...part, listed: [], candidates: [...listed, ...candidates] };
}

function meaningOfComparison(comparison: Comparison): Part {
  switch (comparison.kind) {
    case "or":
      return union(comparison.parts.map(meaningOfComparison));
    case "and":
      return together(comparison.parts.map(meaningOfComparison));
    case "exists":
      return comparison.isNegated ? { ...nothing, isNegated: true } : inexpressible;
    case "test":
      return meaningOfTest(comparison);
  }
}

/** What must be seen together: one thing with what says more of it is that thing, and several things are for a person. */
function together(parts: readonly Part[]): Part {
  const [first, ...others] = parts.filter((part) => !part.isQualifier);
  if (first === undefined) return union(parts);
  if (others.length === 0) {
    const isWidened = first.isWidened || first.listed.length + first.candidates.length > 0;
    return { ...first, isWidened, isNegated: parts.some((part) => part.isNegated) };
  }
  const all = union([first, ...others]);
  return { ...forReview(all, "combined"), isNegated: parts.some((part) => part.isNegated) };
}

type Subject = "name" | "address" | "name-or-address" | "url" | "qualifier" | "other";

function meaningOfTest(test: Test): Part {
  if (test.isNegated || test.operator === "!=") return { ...nothing, isNegated: true };
  const subject = subjectOf(test.path);
  if (subject === "qualifier") return { ...nothing, isQualifier: true };
  const values = test.values.filter(({ kind }) => kind === "string").map(({ text }) => text);
  if (subject === "other" || values.length < test.values.length || values.length === 0) return inexpressible;
  const [value = ""] = values;
  switch (test.operator) {
    case "=":
    case "IN":
      return equal(subject, values);
    case "ISSUBSET":
      return subject === "address" || subject === "name-or-address"
        ? { ...nothing, listed: [{ as: "address", text: value }] }
        : inexpressible;
    case "LIKE":
      return like(subject, value);
    case "MATCHES":
      return candidates(candidatesOfRegex(value, subject === "url"));
    default:
      return inexpressible;
  }
}

function equal(subject: Exclude<Subject, "qualifier" | "other">, values: readonly string[]): Part {
  if (subject === "url") return { ...nothing, listed: values.map((text) => ({ as: "url", text })) };
  if (subject === "address") return { ...nothing, listed: values.map((text) => ({ as: "address", text })) };
  // A mark of a wildcard in what is compared for equality: what was meant is for a person to say.
  const isMarked = (text: string): boolean => /^\s*[*+]?\./.test(text);
  const names = values.filter((text) => !isMarked(text)).map((text) => ({ as: "name", text }) as const);
  const marked = values
    .filter(isMarked)
    .map((text) => ({ as: "subtree", text: text.replace(/^\s*[*+]?\./, "") }) as const);
  return { ...nothing, listed: names, candidates: marked.map((one) => ({ ...one, review: "pattern" })) };
}

function like(subject: Exclude<Subject, "qualifier" | "other">, value: string): Part {
  const beneath = subject === "name" || subject === "name-or-address" ? beneathOf(value) : undefined;
  if (beneath !== undefined) return { ...nothing, listed: [beneath] };
  return candidates(candidatesOfLike(value, subject));
}

function candidates(found: readonly Listed[]): Part {
  if (found.length === 0) return inexpressible;
  return { ...nothing, candidates: found.map((one) => ({ ...one, review: "pattern" })) };
}

const subjects: ReadonlyMap<string, Subject> = new Map([
  ["domain-name:value", "name"],
  // Of other platforms, which have host names as objects of their own.
  ["hostname:value", "name"],
  ["x-opencti-hostname:value", "name"],
  ["ipv4-addr:value", "address"],
  ["ipv6-addr:value", "address"],
  ["network-traffic:dst_ref.value", "name-or-address"],
  ["url:value", "url"],
]);

/** Paths that say more of a name, an address or a connection, without what is behind them. */
const qualifiers: readonly string[] = [
  "domain-name:resolves_to_refs",
  "hostname:resolves_to_refs",
  "ipv4-addr:resolves_to_refs",
  "ipv6-addr:resolves_to_refs",
  "ipv4-addr:belongs_to_refs",
  "ipv6-addr:belongs_to_refs",
  "network-traffic:dst_port",
  "network-traffic:src_port",
  "network-traffic:protocols",
  "network-traffic:dst_ref.type",
  "network-traffic:dst_ref.resolves_to_refs",
  "network-traffic:start",
  "network-traffic:end",
];

function subjectOf(path: ObjectPath): Subject {
  const text = pathText(path);
  const subject = subjects.get(text);
  if (subject !== undefined) return subject;
  const isQualifier = qualifiers.some(
    (start) => text.startsWith(start) && /^(?:$|[.[])/.test(text.slice(start.length)),
  );
  return isQualifier ? "qualifier" : "other";
}
