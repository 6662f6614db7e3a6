/** An entry's key as people write it, and what they write as a key. */
import { keyToText } from "../../dns/name.ts";
import { prefixOfKey, prefixToText } from "../../rpz/address.ts";
import { type RuleTrigger, ruleTriggers } from "../../rpz/label.ts";
import { restOfKey, triggerOfKey } from "../../rpz/section.ts";

/** Triggers that go without saying: a name that is asked for, an address in an answer. */
const unspoken: readonly RuleTrigger[] = ["qname", "response-ip"];

/** The name, address or prefix of a key; of other triggers than these two with the trigger in front: `nsip 192.0.2.1`. */
export function shownKey(key: Uint8Array): string {
  const trigger = triggerOfKey(key);
  const prefix = prefixOfKey(key);
  const shown = prefix === undefined ? keyToText(restOfKey(trigger, key)) : prefixToText(prefix);
  return unspoken.includes(trigger) ? shown : `${trigger} ${shown}`;
}

/** What somebody wrote as `nsdname ns1.example.net`: the trigger, undefined where none is written, and the rest. */
export function splitTrigger(text: string): { readonly trigger: RuleTrigger | undefined; readonly rest: string } {
  const [, word, rest] = /^\s*([a-z-]+)\s+(\S.*)$/i.exec(text) ?? [];
  const trigger = ruleTriggers.find((one) => one === word?.toLowerCase());
  return trigger === undefined ? { trigger, rest: text } : { trigger, rest: rest as string };
}
