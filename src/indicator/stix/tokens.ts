/**
 * Tokens of the STIX patterning language (STIX 2.1 section 9), cut as its published grammar cuts them: the longest one counts,
 * and of equal ones a keyword before an identifier. One pass over the text, whatever it is.
 */

export type TokenKind =
  /** `[`, `]`, `(`, `)`, `,`, `.`, `:`, `*`; `text` says which. */
  | "mark"
  | "operator"
  | "keyword"
  /** Of letters, digits and underscores. */
  | "identifier"
  /** The same with hyphens, which only the type of an object may have. */
  | "hyphenated"
  | "integer"
  | "float"
  | "string"
  | "binary"
  | "hex"
  | "timestamp"
  | "end"
  | "invalid";

export interface Token {
  readonly kind: TokenKind;
  /** As written; of a string, and of what is quoted like one, what stands between the quotes, without escapes. */
  readonly text: string;
  /** Where it starts. */
  readonly at: number;
}

const keywords: ReadonlySet<string> = new Set(
  "AND OR NOT FOLLOWEDBY LIKE MATCHES ISSUPERSET ISSUBSET EXISTS LAST IN START STOP SECONDS true false WITHIN REPEATS TIMES".split(
    " ",
  ),
);
const operators: Readonly<Record<string, string>> = {
  "=": "=",
  "==": "=",
  "!=": "!=",
  "<>": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};

// All of these are sticky and have one way to match, so that none of them tries a text twice.
const blank = /[ \t\r\n\v\f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/y;
const lineComment = /\/\/[^\r\n]*/y;
const identifier = /[a-zA-Z_][a-zA-Z0-9_-]*/y;
const number = /[+-]?(?:\d*\.\d+|0|[1-9]\d*)/y;
const operator = /[=<>!]=|<>|[=<>]/y;
const quoted = /'(?:[^'\\]|\\['\\])*'/y;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$/;
const hexadecimal = /^(?:[A-Fa-f0-9]{2})*$/;
const timestamp =
  /^\d{4}-(?:0[1-9]|1[012])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?Z$/;

/** Literals that are a string with a letter in front. */
const prefixed: Readonly<Record<string, { readonly kind: TokenKind; readonly form: RegExp }>> = {
  b: { kind: "binary", form: base64 },
  h: { kind: "hex", form: hexadecimal },
  t: { kind: "timestamp", form: timestamp },
};

export class TokenReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token; `end` from the end on. */
  next(): Token {
    this.#skip();
    const at = this.#at;
    const token = this.#read();
    this.#at = at + token.length;
    return { kind: token.kind, text: token.text, at };
  }

  #skip(): void {
    for (;;) {
      const before = this.#at;
      this.#at += this.#match(blank).length + this.#match(lineComment).length;
      if (this.#text.startsWith("/*", this.#at)) {
        const end = this.#text.indexOf("*/", this.#at + 2);
        if (end !== -1) this.#at = end + 2;
      }
      if (this.#at === before) return;
    }
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0] ?? "";
  }

  #read(): { readonly kind: TokenKind; readonly text: string; readonly length: number } {
    const first = this.#text.charAt(this.#at);
    const literal = (kind: TokenKind, text: string) => ({ kind, text, length: text.length });
    if (first === "") return literal("end", "");
    if (first === "'") return this.#readQuoted();
    const words = this.#match(identifier);
    if (words !== "") return this.#readPrefixed(words) ?? literal(kindOfWord(words), words);
    const digits = this.#match(number);
    if (digits !== "") return literal(digits.includes(".") ? "float" : "integer", digits);
    const comparing = this.#match(operator);
    if (comparing !== "") {
      return { kind: "operator", text: operators[comparing] ?? comparing, length: comparing.length };
    }
    return literal("[](),.:*".includes(first) ? "mark" : "invalid", first);
  }

  #readQuoted(): { readonly kind: TokenKind; readonly text: string; readonly length: number } {
    const raw = this.#match(quoted);
    if (raw === "") return { kind: "invalid", text: "'", length: 1 };
    return { kind: "string", text: raw.slice(1, -1).replaceAll(/\\(['\\])/g, "$1"), length: raw.length };
  }

  /** `b'…'`, `h'…'`, `t'…'`; undefined where it is a word and what follows is not of that form. */
  #readPrefixed(
    word: string,
  ): { readonly kind: TokenKind; readonly text: string; readonly length: number } | undefined {
    const known = Object.hasOwn(prefixed, word) ? prefixed[word] : undefined;
    if (known === undefined || this.#text.charAt(this.#at + 1) !== "'") return undefined;
    const end = this.#text.indexOf("'", this.#at + 2);
    const text = end === -1 ? undefined : this.#text.slice(this.#at + 2, end);
    if (text === undefined || !known.form.test(text)) return undefined;
    return { kind: known.kind, text, length: text.length + 3 };
  }
}

function kindOfWord(word: string): TokenKind {
  if (keywords.has(word)) return "keyword";
  return word.includes("-") ? "hyphenated" : "identifier";
}
