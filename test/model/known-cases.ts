/** Rule sets whose answers are known from the real resolvers, for the models and for the resolvers alike. */
import type { modelOf, ResolverAnswer } from "./resolver-model.ts";
import type { Action, Rules } from "./rules.ts";

/** In the order BIND, Unbound, PowerDNS, Knot Resolver. */
type EachAnswer = readonly [ResolverAnswer, ResolverAnswer, ResolverAnswer, ResolverAnswer];
/** One verdict alone stands for all four resolvers. */
export type Answers = ResolverAnswer | EachAnswer;

export interface KnownCase {
  readonly title: string;
  readonly rules: Rules;
  readonly answers: ReadonlyMap<string, Answers>;
}

function isEach(answers: Answers): answers is EachAnswer {
  return Array.isArray(answers);
}

/** The answer of one resolver. */
export function answerOf(resolver: keyof typeof modelOf, answers: Answers): ResolverAnswer {
  if (!isEach(answers)) return answers;
  const [bind, unbound, powerDns, knotResolver] = answers;
  return { BIND: bind, Unbound: unbound, PowerDNS: powerDns, "Knot Resolver": knotResolver }[resolver];
}

function known(title: string, rules: Record<string, Action>, answers: Record<string, Answers>): KnownCase {
  return { title, rules: new Map(Object.entries(rules)), answers: new Map(Object.entries(answers)) };
}

export const knownCases: readonly KnownCase[] = [
  known(
    "a rule covers its own name only, a wildcard everything beneath it but not the name",
    { "k0.example": "nxdomain", "*.k0.test": "nodata" },
    {
      "k0.example": "nxdomain",
      "x.k0.example": "none",
      "k0.test": "none",
      "x.k0.test": "nodata",
      "y.x.k0.test": "nodata",
    },
  ),
  known(
    "of two wildcards the deeper one counts",
    { "*.k1.example": "nxdomain", "*.a.k1.example": "nodata" },
    { "b.k1.example": "nxdomain", "b.a.k1.example": "nodata", "c.b.a.k1.example": "nodata" },
  ),
  known(
    "an exception hides the wildcard above it from the names beneath, where the closest encloser rules",
    { "k2.example": "nxdomain", "*.k2.example": "nxdomain", "ok.k2.example": "passthru" },
    {
      "ok.k2.example": "passthru",
      "x.ok.k2.example": ["none", "none", "nxdomain", "nxdomain"],
      "x.k2.example": "nxdomain",
    },
  ),
  known(
    "an empty non-terminal hides the wildcard above it: in Unbound only from names after the deeper owner",
    { "*.k3.example": "nxdomain", "m.gap.k3.example": "passthru" },
    {
      "gap.k3.example": ["none", "nxdomain", "nxdomain", "nxdomain"],
      "a.gap.k3.example": ["none", "nxdomain", "nxdomain", "nxdomain"],
      "m.gap.k3.example": "passthru",
      "z.gap.k3.example": ["none", "none", "nxdomain", "nxdomain"],
      "zz.gap.k3.example": ["none", "none", "nxdomain", "nxdomain"],
    },
  ),
  known(
    "in Unbound a longer label comes after every shorter one",
    { "*.k4.example": "nxdomain", "bb.gap.k4.example": "passthru" },
    {
      "z.gap.k4.example": ["none", "nxdomain", "nxdomain", "nxdomain"],
      "aa.gap.k4.example": ["none", "nxdomain", "nxdomain", "nxdomain"],
      "aaa.gap.k4.example": ["none", "none", "nxdomain", "nxdomain"],
    },
  ),
  known(
    "coverage restored for the exception and for each gap above it: all answer alike",
    {
      "k5.example": "nxdomain",
      "*.k5.example": "nxdomain",
      "b.k5.example": "nxdomain",
      "*.b.k5.example": "nxdomain",
      "a.b.k5.example": "nxdomain",
      "*.a.b.k5.example": "nxdomain",
      "ok.a.b.k5.example": "passthru",
      "*.ok.a.b.k5.example": "nxdomain",
    },
    {
      "k5.example": "nxdomain",
      "x.k5.example": "nxdomain",
      "y.x.k5.example": "nxdomain",
      "b.k5.example": "nxdomain",
      "0.b.k5.example": "nxdomain",
      "xx.b.k5.example": "nxdomain",
      "a.b.k5.example": "nxdomain",
      "0.a.b.k5.example": "nxdomain",
      "xxx.a.b.k5.example": "nxdomain",
      "y.xxx.a.b.k5.example": "nxdomain",
      "ok.a.b.k5.example": "passthru",
      "x.ok.a.b.k5.example": "nxdomain",
    },
  ),
  known(
    "an exception for a whole subtree holds in all",
    {
      "k6.example": "nxdomain",
      "*.k6.example": "nxdomain",
      "ok.k6.example": "passthru",
      "*.ok.k6.example": "passthru",
    },
    {
      "ok.k6.example": "passthru",
      "x.ok.k6.example": "passthru",
      "y.x.ok.k6.example": "passthru",
      "x.k6.example": "nxdomain",
    },
  ),
];
