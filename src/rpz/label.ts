/** The labels by which policy zones tell triggers and actions apart (draft-vixie-dnsop-dns-rpz-00, sections 3 and 4). */

/** Top labels of owner names, relative to the apex, whose trigger is not the query name. */
export const triggerLabels = ["rpz-ip", "rpz-client-ip", "rpz-nsip", "rpz-nsdname"] as const;
export type TriggerLabel = (typeof triggerLabels)[number];

/** Triggers that rpzmill makes rules for. */
export const ruleTriggers = ["qname", "response-ip"] as const;
export type RuleTrigger = (typeof ruleTriggers)[number];

/** CNAME targets that are actions, in lower case without the final dot; the root is NXDOMAIN and `*` is NODATA. */
export const actionTarget = {
  nxdomain: "",
  nodata: "*",
  passthru: "rpz-passthru",
  drop: "rpz-drop",
  tcpOnly: "rpz-tcp-only",
} as const;

/** Whether a label in lower case is one that owner names of other triggers end in. */
export function isTriggerLabel(label: string): label is TriggerLabel {
  return (triggerLabels as readonly string[]).includes(label);
}
