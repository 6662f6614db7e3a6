/** The labels by which policy zones tell triggers apart (draft-vixie-dnsop-dns-rpz-00, section 4). */

/** Top labels of owner names, relative to the apex, whose trigger is not the query name. */
export const triggerLabels = ["rpz-ip", "rpz-client-ip", "rpz-nsip", "rpz-nsdname"] as const;
export type TriggerLabel = (typeof triggerLabels)[number];

/** Triggers that rpzmill makes rules for. */
export const ruleTriggers = ["qname", "response-ip"] as const;
export type RuleTrigger = (typeof ruleTriggers)[number];

/** Whether a label in lower case is one that owner names of other triggers end in. */
export function isTriggerLabel(label: string): label is TriggerLabel {
  return (triggerLabels as readonly string[]).includes(label);
}
