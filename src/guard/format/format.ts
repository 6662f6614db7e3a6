/** The formats that guard lists come in, and how one is read. */
import type { Scope } from "../../indicator/role.ts";

/** `domains`: names and addresses, one a line; `ranks`: ranked names; `warninglist`: MISP's JSON; the Public Suffix List. */
export const guardFormats = ["domains", "ranks", "warninglist", "public-suffixes"] as const;
export type GuardFormat = (typeof guardFormats)[number];

export interface GuardParseOptions {
  /** Tells these options from those of sources and allow lists. */
  readonly role: "guard";
  readonly format: GuardFormat;
  /** `subtree`: every name beneath a listed one is guarded as the listed one is. */
  readonly scope: Scope;
  /** ranks: how many names from the top guard; hosts of URLs are guarded ten times deeper. Absent: all. */
  readonly top?: number | undefined;
}
