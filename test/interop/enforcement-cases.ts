/** Lists as operators write them, and what every resolver shall answer by the zone that rpzmill makes of them. */
import type { Visible } from "./verdicts.ts";

/** The lists of the configuration that the cases share; what each is for stands in `enforcementSources`. */
export type ListId = keyof typeof enforcementSources | "allow-plain" | "allow-tree";

/** Sources by id. The category is the id. */
export const enforcementSources = {
  /** Names with everything beneath. */
  trees: { format: "domains", scope: "subtree", confidence: 50 },
  /** Names alone; `*.` in front takes in what is beneath. */
  names: { format: "domains", confidence: 40 },
  hosts: { format: "hosts", confidence: 40 },
  /** A list with exceptions of its own. */
  adblock: { format: "adblock", confidence: 40 },
  nodata: { format: "domains", scope: "subtree", confidence: 90 },
  landing: { format: "domains", scope: "subtree", confidence: 60 },
  tcp: { format: "domains", confidence: 80 },
} as const;

export const enforcementActions = {
  default: "nxdomain",
  nodata: "nodata",
  landing: { a: ["192.0.2.80"], aaaa: ["2001:db8::80"] },
  tcp: "tcp-only",
} as const;

export interface EnforcementCase {
  readonly title: string;
  readonly lists: Partial<Readonly<Record<ListId, readonly string[]>>>;
  readonly answers: Readonly<Record<string, Visible>>;
}

const landing: Visible = "a 192.0.2.80";

export const enforcementCases: readonly EnforcementCase[] = [
  {
    title: "an exact entry blocks its name alone",
    lists: { names: ["e0.example"], hosts: ["0.0.0.0 www.e0.test"] },
    answers: {
      "e0.example": "nxdomain",
      "x.e0.example": "untouched",
      "y.x.e0.example": "untouched",
      "www.e0.test": "nxdomain",
      "e0.test": "untouched",
      "x.www.e0.test": "untouched",
    },
  },
  {
    title: "a subtree entry blocks its name and all beneath, and no neighbour",
    lists: { trees: ["e1.example"], names: ["*.e1.test"] },
    answers: {
      "e1.example": "nxdomain",
      "x.e1.example": "nxdomain",
      "z.y.x.e1.example": "nxdomain",
      "_tcp.e1.example": "nxdomain",
      "ae1.example": "untouched",
      "e1-a.example": "untouched",
      "e1.example.test": "untouched",
      "e1.test": "nxdomain",
      "y.x.e1.test": "nxdomain",
    },
  },
  {
    title: "names that a blocked parent covers stay blocked, with all beneath them",
    lists: { trees: ["e2.example", "b.a.e2.example"], names: ["a.e2.example", "d.c.e2.example"] },
    answers: {
      "a.e2.example": "nxdomain",
      "x.a.e2.example": "nxdomain",
      "b.a.e2.example": "nxdomain",
      "x.b.a.e2.example": "nxdomain",
      "c.e2.example": "nxdomain",
      "x.c.e2.example": "nxdomain",
      "d.c.e2.example": "nxdomain",
      "x.d.c.e2.example": "nxdomain",
    },
  },
  {
    title: "an allowed name three labels beneath a block is free, and it alone",
    lists: { trees: ["e3.example"], "allow-plain": ["ok.b.a.e3.example"] },
    answers: {
      "e3.example": "nxdomain",
      "a.e3.example": "nxdomain",
      "b.a.e3.example": "nxdomain",
      "q.e3.example": "nxdomain",
      "q.a.e3.example": "nxdomain",
      "0.b.a.e3.example": "nxdomain",
      "zz.b.a.e3.example": "nxdomain",
      "x.zz.b.a.e3.example": "nxdomain",
      "ok.b.a.e3.example": "untouched",
      "x.ok.b.a.e3.example": "nxdomain",
      "y.x.ok.b.a.e3.example": "nxdomain",
    },
  },
  {
    title: "an allowed subtree three labels beneath a block is free in whole, even of blocks inside it",
    lists: { trees: ["e4.example", "bad.ok.b.a.e4.example"], "allow-tree": ["ok.b.a.e4.example"] },
    answers: {
      "e4.example": "nxdomain",
      "b.a.e4.example": "nxdomain",
      "zz.b.a.e4.example": "nxdomain",
      "x.gap.a.e4.example": "nxdomain",
      "ok.b.a.e4.example": "untouched",
      "x.ok.b.a.e4.example": "untouched",
      "bad.ok.b.a.e4.example": "untouched",
      "x.bad.ok.b.a.e4.example": "untouched",
    },
  },
  {
    title: "a star in a plain allow list frees all beneath as well",
    lists: { trees: ["e5.example"], "allow-plain": ["*.ok.e5.example", "e5.example"] },
    answers: {
      "e5.example": "untouched",
      "x.e5.example": "nxdomain",
      "ok.e5.example": "untouched",
      "y.x.ok.e5.example": "untouched",
    },
  },
  {
    title: "several exceptions in one branch leave all between them blocked",
    lists: {
      trees: ["e6.example"],
      "allow-plain": ["a.e6.example", "c.b.a.e6.example", "m.gap.e6.example", "x.m.gap.e6.example"],
    },
    answers: {
      "a.e6.example": "untouched",
      "b.a.e6.example": "nxdomain",
      "bb.a.e6.example": "nxdomain",
      "c.b.a.e6.example": "untouched",
      "d.c.b.a.e6.example": "nxdomain",
      "gap.e6.example": "nxdomain",
      "a.gap.e6.example": "nxdomain",
      "z.gap.e6.example": "nxdomain",
      "m.gap.e6.example": "untouched",
      "a.m.gap.e6.example": "nxdomain",
      "x.m.gap.e6.example": "untouched",
      "y.x.m.gap.e6.example": "nxdomain",
    },
  },
  {
    title: "an empty non-terminal above a block is free where nothing covers it",
    lists: { names: ["deep.gap.e7.example"], trees: ["tree.gap.e7.test"] },
    answers: {
      "e7.example": "untouched",
      "gap.e7.example": "untouched",
      "x.gap.e7.example": "untouched",
      "deep.gap.e7.example": "nxdomain",
      "gap.e7.test": "untouched",
      "a.gap.e7.test": "untouched",
      "x.tree.gap.e7.test": "nxdomain",
    },
  },
  {
    title: "of nested actions the deepest counts, through gaps and around an exception",
    lists: {
      trees: ["e8.example"],
      nodata: ["a.e8.example"],
      landing: ["c.b.a.e8.example"],
      tcp: ["e.d.c.b.a.e8.example"],
      "allow-plain": ["ok.e.d.c.b.a.e8.example"],
    },
    answers: {
      "e8.example": "nxdomain",
      "x.e8.example": "nxdomain",
      "a.e8.example": "nodata",
      "x.a.e8.example": "nodata",
      "b.a.e8.example": "nodata",
      "x.b.a.e8.example": "nodata",
      "c.b.a.e8.example": landing,
      "x.c.b.a.e8.example": landing,
      "d.c.b.a.e8.example": landing,
      "x.d.c.b.a.e8.example": landing,
      "e.d.c.b.a.e8.example": "tcp-only",
      "x.e.d.c.b.a.e8.example": landing,
      "ok.e.d.c.b.a.e8.example": "untouched",
      "x.ok.e.d.c.b.a.e8.example": landing,
    },
  },
  {
    title: "of two sources for one name the more trusted decides, for the name and for what is beneath",
    lists: { trees: ["e9.example"], nodata: ["e9.example"], tcp: ["e9.test"], landing: ["e9.test"] },
    answers: {
      "e9.example": "nodata",
      "x.e9.example": "nodata",
      "e9.test": "tcp-only",
      "x.e9.test": landing,
    },
  },
  {
    title: "a source's own exception frees the name from it, not from others",
    lists: {
      adblock: ["||e10.example^", "@@||ok.b.e10.example^", "||e10.test^", "@@||ok.e10.test^"],
      names: ["ok.e10.test"],
    },
    answers: {
      "e10.example": "nxdomain",
      "b.e10.example": "nxdomain",
      "x.b.e10.example": "nxdomain",
      "ok.b.e10.example": "untouched",
      "x.ok.b.e10.example": "untouched",
      "ok.e10.test": "nxdomain",
      "x.ok.e10.test": "untouched",
    },
  },
  {
    title: "a public suffix is not blocked, and hides no block beneath it",
    lists: { trees: ["co.uk", "e11.co.uk", "blogspot.com", "e11.blogspot.com"] },
    answers: {
      "co.uk": "untouched",
      "other.co.uk": "untouched",
      "e11.co.uk": "nxdomain",
      "x.e11.co.uk": "nxdomain",
      "blogspot.com": "untouched",
      "other.blogspot.com": "untouched",
      "x.e11.blogspot.com": "nxdomain",
    },
  },
  {
    title: "a name in other letters, with an underscore or a hyphen is the name that is meant",
    lists: { names: ["E12.Example", "_dmarc.e12.test", "bücher.e12.example"], trees: ["a-b.e12.test", "a.e12.test"] },
    answers: {
      "e12.example": "nxdomain",
      "_dmarc.e12.test": "nxdomain",
      "xn--bcher-kva.e12.example": "nxdomain",
      "x.a-b.e12.test": "nxdomain",
      "x.a.e12.test": "nxdomain",
      "a-c.e12.test": "untouched",
    },
  },
];
