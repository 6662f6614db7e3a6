/**
 * Reads STIX patterns (STIX 2.1 section 9) by the published grammar, by recursive descent in bounded depth. It says what a
 * pattern is, and leaves to `meaning.ts` what that comes to.
 */
import { badHash } from "./hashes.ts";
import type {
  Comparison,
  ComparisonOperator,
  Literal,
  ObjectPath,
  Observation,
  PathStep,
  Qualifier,
  Test,
} from "./pattern.ts";
import { type Token, type TokenKind, TokenReader } from "./tokens.ts";

/** Characters of the longest pattern that is read. */
export const patternTextMax = 64 * 1024;
/** Brackets and parentheses within one another. */
export const patternDepthMax = 64;
/** Comparisons and values of one pattern. */
export const patternTermsMax = 10_000;

export interface PatternFault {
  /** As in `"]" at character 13, where a value should be`. */
  readonly fault: string;
}

/** Reads a pattern, or says what is wrong with it. */
export function readPattern(text: string): Observation | PatternFault {
  if (text.length > patternTextMax) return { fault: `it is longer than ${patternTextMax} characters` };
  try {
    return new PatternReader(text).read();
  } catch (error) {
    if (error instanceof Unreadable) return { fault: error.message };
    throw error;
  }
}

export function isFault(read: Observation | PatternFault): read is PatternFault {
  return "fault" in read;
}

/** Stops the reading of one pattern. */
class Unreadable extends Error {}

const literalKinds: ReadonlyMap<TokenKind, Literal["kind"]> = new Map([
  ["string", "string"],
  ["integer", "integer"],
  ["float", "float"],
  ["binary", "binary"],
  ["hex", "hex"],
  ["timestamp", "timestamp"],
]);

/** Operators whose value is a string and nothing else. */
const stringOperators: ReadonlySet<string> = new Set(["LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"]);

class PatternReader {
  readonly #tokens: TokenReader;
  #token: Token;
  #depth = 0;
  #terms = 0;

  constructor(text: string) {
    this.#tokens = new TokenReader(text);
    this.#token = this.#tokens.next();
  }

  read(): Observation {
    const observation = this.#observations();
    if (this.#token.kind !== "end") this.#refuse("where the pattern should end");
    return observation;
  }

  #refuse(where: string): never {
    const { kind, text, at } = this.#token;
    const shown = kind === "end" ? "it ends" : `${JSON.stringify(text.slice(0, 40))} is`;
    throw new Unreadable(`${shown} at character ${at + 1}, ${where}`);
  }

  #is(kind: TokenKind, text: string): boolean {
    return this.#token.kind === kind && this.#token.text === text;
  }

  #advance(): Token {
    const token = this.#token;
    this.#token = this.#tokens.next();
    return token;
  }

  /** Takes a token if it is the one at hand. */
  #takes(kind: TokenKind, text: string): boolean {
    if (!this.#is(kind, text)) return false;
    this.#advance();
    return true;
  }

  #expect(kind: TokenKind, text: string): void {
    if (!this.#takes(kind, text)) this.#refuse(`where "${text}" should be`);
  }

  /** The text of a token of a kind. */
  #expectKind(kind: TokenKind, where: string): string {
    if (this.#token.kind !== kind) this.#refuse(where);
    return this.#advance().text;
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > patternDepthMax) throw new Unreadable(`it is nested more than ${patternDepthMax} deep`);
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #countTerm(): void {
    this.#terms += 1;
    if (this.#terms > patternTermsMax) throw new Unreadable(`it has more than ${patternTermsMax} terms`);
  }

  /** FOLLOWEDBY binds least, then OR, then AND. */
  #observations(): Observation {
    return this.#joined("FOLLOWEDBY", "followed-by", () =>
      this.#joined("OR", "or", () => this.#joined("AND", "and", () => this.#qualified())),
    );
  }

  #joined(keyword: string, kind: "and" | "or" | "followed-by", read: () => Observation): Observation {
    const parts = [read()];
    while (this.#takes("keyword", keyword)) parts.push(read());
    return parts.length === 1 ? (parts[0] as Observation) : { kind, parts };
  }

  #qualified(): Observation {
    // As the published validator has it: what stands in parentheses may be narrowed twice.
    const isBare = this.#is("mark", "[");
    let observation = this.#observation();
    const seen = new Set<Qualifier["kind"]>();
    for (let qualifier = this.#qualifier(); qualifier !== undefined; qualifier = this.#qualifier()) {
      if (isBare && seen.has(qualifier.kind))
        throw new Unreadable(`a part of it has two qualifiers ${nameOf(qualifier)}`);
      seen.add(qualifier.kind);
      observation = { kind: "qualified", of: observation, qualifier };
    }
    return observation;
  }

  #observation(): Observation {
    if (this.#takes("mark", "[")) {
      const comparison = this.#comparisons();
      this.#expect("mark", "]");
      return { kind: "single", comparison };
    }
    if (!this.#takes("mark", "(")) this.#refuse('where "[" or "(" should be');
    const observation = this.#nested(() => this.#observations());
    this.#expect("mark", ")");
    return observation;
  }

  #qualifier(): Qualifier | undefined {
    if (this.#takes("keyword", "WITHIN")) {
      const seconds = this.#positive(["integer", "float"], "where a number of seconds should be");
      this.#expect("keyword", "SECONDS");
      return { kind: "within", seconds };
    }
    if (this.#takes("keyword", "REPEATS")) {
      const times = this.#positive(["integer"], "where a whole number should be");
      this.#expect("keyword", "TIMES");
      return { kind: "repeats", times };
    }
    if (!this.#takes("keyword", "START")) return undefined;
    const start = this.#expectKind("timestamp", "where a time should be");
    this.#expect("keyword", "STOP");
    return { kind: "start-stop", start, stop: this.#expectKind("timestamp", "where a time should be") };
  }

  #positive(kinds: readonly TokenKind[], where: string): string {
    if (!kinds.includes(this.#token.kind) || this.#token.text.startsWith("-")) this.#refuse(where);
    return this.#advance().text;
  }

  #comparisons(): Comparison {
    return this.#either("OR", "or", () => this.#either("AND", "and", () => this.#comparison()));
  }

  #either(keyword: string, kind: "and" | "or", read: () => Comparison): Comparison {
    const parts = [read()];
    while (this.#takes("keyword", keyword)) parts.push(read());
    return parts.length === 1 ? (parts[0] as Comparison) : { kind, parts };
  }

  #comparison(): Comparison {
    if (this.#takes("mark", "(")) {
      const comparison = this.#nested(() => this.#comparisons());
      this.#expect("mark", ")");
      return comparison;
    }
    this.#countTerm();
    const isNegated = this.#takes("keyword", "NOT");
    if (this.#takes("keyword", "EXISTS")) return { kind: "exists", path: this.#path(), isNegated };
    if (isNegated) this.#refuse('where "EXISTS" should be');
    return this.#test(this.#path());
  }

  #test(path: ObjectPath): Test {
    const isNegated = this.#takes("keyword", "NOT");
    const operator = this.#operator();
    if (operator === "IN") return { kind: "test", path, isNegated, operator, values: this.#set() };
    const value = this.#literal();
    const isOrder = operator === "<" || operator === "<=" || operator === ">" || operator === ">=";
    if (stringOperators.has(operator) && value.kind !== "string") throw new Unreadable(`${operator} has no string`);
    if (isOrder && value.kind === "boolean") throw new Unreadable(`${operator} has a truth value`);
    const hash = operator === "=" || operator === "!=" ? badHash(path, value) : undefined;
    if (hash !== undefined) throw new Unreadable(`"${value.text.slice(0, 40)}" is no ${hash} hash`);
    return { kind: "test", path, isNegated, operator, values: [value] };
  }

  #operator(): ComparisonOperator {
    const { kind, text } = this.#token;
    const isWord = kind === "keyword" && (text === "IN" || stringOperators.has(text));
    if (kind !== "operator" && !isWord) this.#refuse("where an operator should be");
    return this.#advance().text as ComparisonOperator;
  }

  #set(): Literal[] {
    this.#expect("mark", "(");
    const values: Literal[] = [];
    if (this.#takes("mark", ")")) return values;
    do {
      this.#countTerm();
      values.push(this.#literal());
    } while (this.#takes("mark", ","));
    this.#expect("mark", ")");
    return values;
  }

  #literal(): Literal {
    const { kind, text } = this.#token;
    const isBoolean = kind === "keyword" && (text === "true" || text === "false");
    const literal = isBoolean ? "boolean" : literalKinds.get(kind);
    if (literal === undefined) this.#refuse("where a value should be");
    return { kind: literal, text: this.#advance().text };
  }

  #path(): ObjectPath {
    const isType = this.#token.kind === "identifier" || this.#token.kind === "hyphenated";
    if (!isType) this.#refuse("where the type of an object should be");
    const type = this.#advance().text;
    this.#expect("mark", ":");
    const steps: PathStep[] = [this.#key()];
    for (;;) {
      this.#countStep(steps);
      if (this.#takes("mark", ".")) steps.push(this.#key());
      else if (this.#takes("mark", "[")) {
        steps.push({ index: this.#index() });
        this.#expect("mark", "]");
      } else return { type, steps };
    }
  }

  #countStep(steps: readonly PathStep[]): void {
    if (steps.length > patternDepthMax) throw new Unreadable(`a path in it has more than ${patternDepthMax} steps`);
  }

  #key(): PathStep {
    const { kind } = this.#token;
    if (kind !== "identifier" && kind !== "string") this.#refuse("where a property should be");
    return { key: this.#advance().text };
  }

  #index(): string {
    if (this.#takes("mark", "*")) return "*";
    return this.#expectKind("integer", "where an index should be");
  }
}

function nameOf({ kind }: Qualifier): string {
  return kind === "start-stop" ? "START STOP" : kind.toUpperCase();
}
