/** What the commands on zones take, and their help. */
import { type Command, jsonOption, unmaskOption } from "../command.ts";

export const zoneCommands: readonly Command[] = [
  {
    words: ["zone", "list"],
    line: "Lists the zones with serial, rules, records and size",
    options: { json: jsonOption },
    paragraphs: [
      "Versions are the serials that are kept: each can be shown, exported, compared and sent as differences.",
    ],
    examples: [["zone list", "What is published?"]],
    load: async () => (await import("../commands/zone-list.ts")).listZones,
  },
  {
    words: ["zone", "show"],
    operands: [{ name: "APEX" }],
    line: "Shows all facts of one zone and the history of its serials",
    options: { json: jsonOption },
    paragraphs: [
      "What the zone takes and does, who may transfer it, what did not become a rule and why, and each kept serial " +
        "with what it added and removed.",
    ],
    examples: [["zone show malware.rpz.example", "Since when is this serial published, and what did it change?"]],
    load: async () => (await import("../commands/zone-show.ts")).showZone,
  },
  {
    words: ["zone", "export"],
    operands: [{ name: "APEX" }],
    line: "Prints a zone as a zone file",
    options: {
      serial: { kind: "value", name: "N", describe: "A kept serial instead of the current one" },
      output: { kind: "value", name: "FILE", describe: "Write this file, whole or not at all, instead of stdout" },
    },
    paragraphs: [
      "Master-file text (RFC 1035) with $ORIGIN and $TTL, in canonical order: equal zones give equal octets.",
    ],
    examples: [
      ["zone export malware.rpz.example | head", "Have a look"],
      ["zone export malware.rpz.example --output malware.zone", "A file for a resolver that takes no transfers"],
    ],
    load: async () => (await import("../commands/zone-export.ts")).exportZone,
  },
  {
    words: ["zone", "diff"],
    operands: [{ name: "APEX" }, { name: "FROM", optional: true }, { name: "TO", optional: true }],
    line: "Prints what changed between two serials of a zone",
    options: { unmask: unmaskOption, json: jsonOption },
    paragraphs: [
      "FROM and TO are kept serials; without them the last change is shown, and without TO all changes since FROM. " +
        "One line for each record, `-` for removed and `+` for added, in canonical order. The serial in the SOA is left out.",
    ],
    examples: [
      ["zone diff malware.rpz.example", "What did the last build change?"],
      ["zone diff malware.rpz.example 1763800000", "What has changed since then?"],
    ],
    load: async () => (await import("../commands/zone-diff.ts")).diffZone,
  },
];
