/** Cuts a line of a master file into tokens (RFC 1035 5.1). */

export interface ZoneLine {
  readonly tokens: readonly string[];
  /** Parentheses opened less those closed. */
  readonly depth: number;
  /** The line starts with a blank: its owner is that of the record before. */
  readonly startsBlank: boolean;
  /** A quoted string does not end on this line. */
  readonly isBroken: boolean;
}

/** Blanks, comments, parentheses, quoted strings, or a run of anything else with its escapes. */
const piece = /[ \t]+|;.*|[()]|"(?:[^"\\]|\\.)*"?|(?:[^ \t;()"\\]|\\.?)+/gs;

/** Tokens of one line, one character per octet; quotes are kept, comments are not. */
export function tokensOf(line: string): ZoneLine {
  const tokens: string[] = [];
  let depth = 0;
  let isBroken = false;
  for (const [token] of line.matchAll(piece)) {
    const sign = token.charAt(0);
    if (sign === " " || sign === "\t" || sign === ";") continue;
    if (sign === "(") depth += 1;
    else if (sign === ")") depth -= 1;
    else {
      if (sign === '"' && !/^".*"$/s.test(token)) isBroken = true;
      tokens.push(token);
    }
  }
  return { tokens, depth, startsBlank: /^[ \t]/.test(line), isBroken };
}
