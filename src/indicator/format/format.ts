/** The formats that lists come in, and what can be found out about a list. */

/** Formats that a parser reads. */
export const readFormats = [
  "domains",
  "hosts",
  "adblock",
  "dnsmasq",
  "unbound",
  "rpz",
  "csv",
  "json",
  "urls",
  "misp",
  "stix",
] as const;
export type ReadFormat = (typeof readFormats)[number];

/** Formats whose lists always say more of their entries than that they are listed, by what they are. */
const factFormats: readonly string[] = ["misp", "misp-feed", "stix", "taxii"] satisfies ListFormat[];

/** Whether a format is one whose entries have facts of their own, without a word in the configuration. */
export function hasFacts(format: ListFormat): boolean {
  return factFormats.includes(format);
}

/** Ways of fetching that have a name of their own, with the format that their copies have. */
const fetchedFormats = { "misp-feed": "misp", taxii: "stix" } as const satisfies Readonly<Record<string, ReadFormat>>;
type FetchedFormat = keyof typeof fetchedFormats;

/** What the configuration may say of a list. */
export type ListFormat = Format | FetchedFormat;
export const fetchedFormatNames: readonly ["misp-feed", "taxii"] = ["misp-feed", "taxii"];

/** The format in which a list is read. */
export function readAs(format: ListFormat): Format {
  return Object.hasOwn(fetchedFormats, format) ? fetchedFormats[format as FetchedFormat] : (format as Format);
}

/** What an operator may ask for; `auto` lets the list decide. */
export type Format = "auto" | ReadFormat;

/** What a list is, and how it was told. */
export interface Detection {
  readonly format: ReadFormat;
  /** Options of the parser that the list itself gives. */
  readonly options: { readonly column?: string | number; readonly path?: string };
  /** One sentence part, as in `998 of 1000 lines read as hosts`. */
  readonly why: string;
}

/** Refuses, with a reason and a remedy. */
export type Refuse = (why: string, remedy: string) => never;
