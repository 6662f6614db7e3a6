/** The triggers of policy zones and the labels by which their rules are told apart (draft-vixie-dnsop-dns-rpz-00, section 4). */

/** All triggers: what a rule is compared with. */
export const ruleTriggers = ["qname", "response-ip", "client-ip", "nsdname", "nsip"] as const;
export type RuleTrigger = (typeof ruleTriggers)[number];

/** Triggers whose rules are for names: the one that is asked for, and that of a name server of its zone. */
export const nameTriggers = ["qname", "nsdname"] as const satisfies readonly RuleTrigger[];
export type NameTrigger = (typeof nameTriggers)[number];

/** Triggers whose rules are for addresses: one in an answer, that of the client, and that of a name server. */
export const addressTriggers = ["response-ip", "client-ip", "nsip"] as const satisfies readonly RuleTrigger[];
export type AddressTrigger = (typeof addressTriggers)[number];

/** Top labels of owner names, relative to the apex, whose trigger is not the query name. */
export const labelOfTrigger = {
  "response-ip": "rpz-ip",
  "client-ip": "rpz-client-ip",
  nsdname: "rpz-nsdname",
  nsip: "rpz-nsip",
} as const satisfies Readonly<Record<Exclude<RuleTrigger, "qname">, string>>;
export type TriggerLabel = (typeof labelOfTrigger)[keyof typeof labelOfTrigger];

const triggerOfLabel: ReadonlyMap<string, Exclude<RuleTrigger, "qname">> = new Map(
  Object.entries(labelOfTrigger).map(([trigger, label]) => [label, trigger as keyof typeof labelOfTrigger]),
);

/** The trigger whose rules have this top label, in lower case; undefined for any other label. */
export function triggerByLabel(label: string): Exclude<RuleTrigger, "qname"> | undefined {
  return triggerOfLabel.get(label);
}

/** Whether a label in lower case is one that owner names of other triggers end in. */
export function isTriggerLabel(label: string): label is TriggerLabel {
  return triggerOfLabel.has(label);
}

/** Whether the rules of a trigger are for addresses. */
export function isAddressTrigger(trigger: RuleTrigger): trigger is AddressTrigger {
  return (addressTriggers as readonly RuleTrigger[]).includes(trigger);
}
