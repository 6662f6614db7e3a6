/** The formats that lists come in, and what can be found out about a list. */

/** Formats that a parser reads. */
export const readFormats = ["domains", "hosts", "adblock", "dnsmasq", "unbound", "rpz", "csv", "json", "urls"] as const;
export type ReadFormat = (typeof readFormats)[number];

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
