/**
 * Sections of a policy zone: the names beneath the label of one trigger. A rule of another trigger than qname has its
 * trigger in its key, so lists, changes and zones tell them apart without a word more.
 */
import { labelOfTrigger, type RuleTrigger } from "./label.ts";

const sections = Object.entries(labelOfTrigger).map(([trigger, label]) => ({
  trigger: trigger as keyof typeof labelOfTrigger,
  key: Uint8Array.from(Buffer.from(`${label}\0`, "latin1")),
}));

const keys = new Map<RuleTrigger, Uint8Array>(sections.map(({ trigger, key }) => [trigger, key]));
const noKey = new Uint8Array(0);

/** The key above all rules of a trigger, relative to the apex; of qname that of the apex, which is empty. */
export function sectionKey(trigger: RuleTrigger): Uint8Array {
  return keys.get(trigger) ?? noKey;
}

/** The trigger of the rule with this key, relative to the apex. Plain names, which most are, cost a look at an octet or two. */
export function triggerOfKey(key: Uint8Array, keyBytes: number = key.length): RuleTrigger {
  return key[0] === 0x72 && key[1] === 0x70 && key[2] === 0x7a ? triggerOfMarked(key, keyBytes) : "qname";
}

/** The same of a key that starts as the labels of triggers do. */
function triggerOfMarked(key: Uint8Array, keyBytes: number): RuleTrigger {
  for (const { trigger, key: section } of sections) {
    if (keyBytes > section.length && section.every((octet, i) => key[i] === octet)) return trigger;
  }
  return "qname";
}

/** The key of a name's rule of a trigger for names. */
export function keyInSection(trigger: RuleTrigger, name: Uint8Array): Uint8Array {
  const section = sectionKey(trigger);
  const key = new Uint8Array(section.length + name.length);
  key.set(section);
  key.set(name, section.length);
  return key;
}

/** What stands beneath the trigger's label in a key of its section, as a view. */
export function restOfKey(trigger: RuleTrigger, key: Uint8Array, keyBytes: number = key.length): Uint8Array {
  return key.subarray(sectionKey(trigger).length, keyBytes);
}
