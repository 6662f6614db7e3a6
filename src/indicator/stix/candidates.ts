/**
 * Names and addresses in what STIX patterns compare with by LIKE and MATCHES: what a person may want to list who reads
 * `^(.+\.)?example\.com$`. Only what such a text names as a whole is one; nothing is guessed.
 */

export interface Listed {
  /**
   * `name`, the name alone (or an address, where a name may be one); `beneath`, all beneath it and not itself; `subtree`, it with
   * all beneath; `address`, an address or prefix; `url`, the host of a URL.
   */
  readonly as: "name" | "beneath" | "subtree" | "address" | "url";
  readonly text: string;
}

/** `%` stands for any text and `_` for any character. */
const likeWildcard = /[%_]/;

/** What `LIKE '%.x.y'` lists: what lies beneath x.y. Undefined for any other text. */
export function beneathOf(text: string): Listed | undefined {
  const name = text.startsWith("%.") ? text.slice(2) : "";
  return name === "" || likeWildcard.test(name) ? undefined : { as: "beneath", text: name };
}

/** What any other LIKE names. */
export function candidatesOfLike(text: string, subject: "name" | "address" | "name-or-address" | "url"): Listed[] {
  if (subject === "url") return hostOf(text.replace(/^%/, ""), likeWildcard);
  if (subject !== "name") {
    const prefix = prefixOfLike(text);
    if (prefix !== undefined) return [{ as: "address", text: prefix }];
  }
  if (subject === "address") return likeWildcard.test(text) ? [] : [{ as: "address", text }];
  if (!text.includes("%")) return [{ as: "name", text }];
  if (text.startsWith("%.") && !text.includes("%", 1)) return [{ as: "beneath", text: text.slice(2) }];
  const rest = text.slice(1);
  return text.startsWith("%") && !rest.includes("%") && rest.includes(".") ? [{ as: "subtree", text: rest }] : [];
}

/** `198.51.100.%` as a prefix. */
function prefixOfLike(text: string): string | undefined {
  const octets = /^((?:\d{1,3}\.){1,3})%$/.exec(text)?.[1]?.slice(0, -1).split(".");
  if (octets === undefined) return undefined;
  return `${[...octets, "0", "0", "0"].slice(0, 4).join(".")}/${8 * octets.length}`;
}

/** How regular expressions begin that are about all beneath a name, or the name with all beneath. */
const beneathStarts: readonly string[] = [
  ".*\\.",
  ".+\\.",
  ".*[.]",
  ".+[.]",
  "(.*\\.)",
  "(.+\\.)",
  "(?:.*\\.)",
  "(?:.+\\.)",
];

/** What a regular expression names that is a name but for its ends and escapes. */
export function candidatesOfRegex(text: string, isUrl: boolean): Listed[] {
  const isAnchored = text.startsWith("^");
  const body = text.replace(/^(?:\(\?i\))?\^?/, "").replace(/\$$/, "");
  if (isUrl)
    return hostOf(literalOf(body.replace(/^https\?/, "https").replaceAll("\\/", "/")) ?? "", /[\\^$*+?()[\]{}|]/);
  for (const start of beneathStarts) {
    if (!body.startsWith(start)) continue;
    const isOptional = start.startsWith("(") && body.charAt(start.length) === "?";
    const name = literalOf(body.slice(start.length + (isOptional ? 1 : 0)));
    return name === undefined ? [] : [{ as: isOptional ? "subtree" : "beneath", text: name }];
  }
  const name = literalOf(body);
  return name === undefined ? [] : [{ as: isAnchored ? "name" : "subtree", text: name }];
}

/** The text that a regular expression without repetitions, choices and groups matches, dots taken for dots. */
function literalOf(body: string): string | undefined {
  const plain = body.replaceAll(/\\([.\-/])|\[\.\]/g, (_, escaped: string | undefined) => escaped ?? ".");
  return /^[\w.:/-]+$/.test(plain) && plain.includes(".") ? plain : undefined;
}

/** A URL whose host is written out, whatever stands behind it. */
function hostOf(text: string, wildcard: RegExp): Listed[] {
  const [, scheme = "http", host = ""] = /^([a-z]+)?:\/\/([^/?#]+)/i.exec(text) ?? [];
  return host === "" || wildcard.test(host) ? [] : [{ as: "url", text: `${scheme}://${host}` }];
}
