/** Names and addresses with the triggers of their rules, for made-up zones of all of them. */
import fc from "fast-check";
import { flag } from "../../src/indicator/entry/collector.ts";
import { ownerOfPrefix, type Prefix, parsePrefix } from "../../src/rpz/address.ts";
import { addressTriggers, type RuleTrigger, ruleTriggers } from "../../src/rpz/label.ts";
import type { Rules } from "../model/rules.ts";
import { type Entries, name } from "./entries.ts";

/** The label of rules on names of name servers. */
export const servers = "rpz-nsdname";

/** The rules of one section, by what stands before its label; of names, those outside all sections. */
export function rulesIn(label: string | undefined, rules: Rules): Rules {
  return new Map(
    [...rules].flatMap(([owner, action]) => {
      if (label === undefined) return /\.rpz-[a-z-]+$/.test(owner) ? [] : [[owner, action] as const];
      return owner.endsWith(`.${label}`) ? [[owner.slice(0, -label.length - 1), action] as const] : [];
    }),
  );
}

export const prefixes = fc
  .constantFrom(
    "192.0.2.0/24",
    "192.0.2.0/26",
    "192.0.2.5",
    "192.0.2.64/26",
    "192.0.2.77",
    "2001:db8::/32",
    "2001:db8::5",
  )
  .map((text) => parsePrefix(text) as Prefix);

/** Names and addresses with the triggers of their rules. */
export const anyOwner = fc.oneof(
  { weight: 3, arbitrary: name },
  { weight: 2, arbitrary: name.map((one) => `${one}.${servers}`) },
  {
    weight: 1,
    arbitrary: fc.tuple(prefixes, fc.constantFrom(...addressTriggers)).map(([one, of]) => ownerOfPrefix(one, of)),
  },
);
export const triggerSet = fc.subarray([...ruleTriggers], { minLength: 1 });
export const anyList = (flags: fc.Arbitrary<number>, maxLength: number) =>
  fc.array(fc.tuple(anyOwner, flags), { maxLength }).map(
    (list): Entries =>
      new Map(
        // An address has nothing beneath it.
        list.map(([owner, flags]) => [owner, /rpz-(?:ip|client-ip|nsip)$/.test(owner) ? flag.blockSelf : flags]),
      ),
  );

export function triggerOfOwner(owner: string): RuleTrigger {
  const labels = {
    "rpz-ip": "response-ip",
    "rpz-client-ip": "client-ip",
    "rpz-nsip": "nsip",
    [servers]: "nsdname",
  } as const;
  return labels[owner.slice(owner.lastIndexOf(".") + 1) as keyof typeof labels] ?? "qname";
}
