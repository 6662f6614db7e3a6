/** What the commands on sources take, and their help. */
import { type Command, jsonOption } from "../command.ts";

export const sourceCommands: readonly Command[] = [
  {
    words: ["source", "list"],
    line: "Lists sources and allow lists with their snapshots",
    options: { json: jsonOption },
    paragraphs: [
      "A snapshot is what a list said when it was last accepted. The state says whether the file or how it is read has " +
        "changed since, or it cannot be read; the snapshot stays in force until a better one is accepted.",
      "Of lists that are fetched it also says when they last came and when they are due. In JSON `fetchedAt` is when the list last " +
        "came, `checkedAt` when its host last said that it is the same, `changedAt` when it last was another, `nextAt` when it is due, " +
        "and `error` why the last fetch failed; all are null for files.",
    ],
    examples: [["source list", "Which lists are in force, and how old are they?"]],
    load: async () => (await import("../commands/source-list.ts")).listSources,
  },
  {
    words: ["source", "show"],
    operands: [{ name: "ID" }],
    line: "Shows all facts of one source or allow list",
    options: {
      at: { kind: "value", name: "TIME", describe: "Instead, every name that it listed at that time" },
      json: jsonOption,
    },
    paragraphs: [
      "Its file, how it is read, its snapshot, its rejects by reason, and the zones that take it.",
      "With --at, what it listed then, one name a line: a day (from its first second, UTC), a time such as " +
        "2026-11-24T10:00:00Z, or Unix seconds. It is read back from the changes, which are kept for `historyDays`; a change " +
        "of more names than a large list had is not kept.",
    ],
    examples: [
      ["source show phish", "What do we have from this source?"],
      ["source show phish --at 2026-11-24", "What did it list on that day?"],
    ],
    load: async () => (await import("../commands/source-show.ts")).showSource,
  },
  {
    words: ["source", "fetch"],
    operands: [{ name: "ID", optional: true, repeats: true }],
    line: "Fetches lists by HTTP, those that are due or those that are named",
    options: {
      force: {
        kind: "flag",
        describe: "Ask for the whole list, due or not, though its host may say that it is the same",
      },
      json: jsonOption,
    },
    paragraphs: [
      "Without an ID, what is due by `every` is fetched; with IDs these are, due or not. A host is asked by what is known of the " +
        "copy, and mostly answers that nothing changed. The list of a guard is named guard:ID.",
      "What comes takes the place of the list's copy under the state folder. A build reads it; `rpzmill run` builds by itself " +
        "when a copy changes. Whatever goes wrong, the last good copy stays.",
      "Exits 1 when a list could not be fetched, or another process is fetching it.",
    ],
    examples: [
      ["source fetch", "Fetch what is due"],
      ["source fetch urlhaus --force", "Get this list whole, whatever is known of it"],
    ],
    load: async () => (await import("../commands/source-fetch.ts")).fetchSources,
  },
  {
    words: ["source", "try"],
    operands: [{ name: "LIST" }],
    line: "Says what a list is and what it would bring, before it is added",
    options: {
      format: { kind: "value", name: "FORMAT", describe: "What the list is; without it, its first lines decide" },
      column: { kind: "value", name: "COLUMN", describe: "csv, json: the column or field with the names" },
      path: { kind: "value", name: "PATH", describe: "json: where the array stands" },
      scope: { kind: "value", name: "SCOPE", describe: "exact or subtree" },
      category: { kind: "value", name: "CATEGORY", describe: "What kind of threat it lists: zones take it by that" },
      network: { kind: "value", name: "NETWORK", describe: "internal: it may be fetched from addresses inside" },
      member: { kind: "value", name: "NAME", describe: "The file in a zip archive" },
      set: { kind: "values", name: "KEY=VALUE", describe: "Any key of a source, as in the configuration" },
      json: jsonOption,
    },
    paragraphs: [
      "LIST is an address (https://…), a file, or - for stdin. It is fetched and read as a source would be, by the same bounds, into a " +
        "temporary folder that goes at the end. Store and configuration stay as they are, and need not be there.",
      "What it is and why it was taken for that; how many entries it has; rejects by reason, with the first lines; which of its names " +
        "guards stop, and allow lists hold; how much of it each source has already, and how much no other has; how many rules each zone that would take it " +
        "would have more; and the lines to add to the configuration.",
      "Credentials are given as in the configuration, by file or variable: --set bearerFile=keys/vendor, --set 'user=reader' --set passwordEnv=VENDOR_PASSWORD.",
    ],
    examples: [
      ["source try https://lists.example/hosts.txt --category malware", "Is this list worth having?"],
      ["source try partner.csv --column domain --json", "The same of a file, for a program"],
    ],
    load: async () => (await import("../commands/source-try.ts")).trySource,
  },
  {
    words: ["source", "diff"],
    operands: [{ name: "ID" }, { name: "FROM" }, { name: "TO", optional: true }],
    line: "Shows what came, went and changed in a list between two times",
    options: { json: jsonOption },
    paragraphs: [
      "One name a line: `+` for names that came, `-` for those that went, `~` for those of which something else is said. " +
        "Times are as `source show --at` takes them; without TO, until now.",
    ],
    examples: [["source diff phish 2026-11-23 2026-11-24", "What did the source change on that day?"]],
    load: async () => (await import("../commands/source-diff.ts")).diffSource,
  },
  {
    words: ["source", "rejects"],
    operands: [{ name: "ID" }],
    line: "Shows the lines of a list that were not accepted, by reason",
    options: {
      reason: { kind: "value", name: "REASON", describe: "Only this reason" },
      limit: { kind: "value", name: "N", describe: "Lines shown of each reason", default: "10" },
      now: { kind: "flag", describe: "Read the list's file as it is now, whether or not it was accepted" },
      json: jsonOption,
    },
    paragraphs: [
      "What is shown belongs to the snapshot in force; where there is none, since no reading was accepted so far, the file is read.",
      "Every reject is counted; the first 100 of each reason are kept to show, as `line: text`.",
      "Notes on what was accepted stand among them, without a line: names under top-level domains that do not exist " +
        "(unknown-tld), prefixes whose host bits were cleared, rows of which a fact cannot be read and is unknown " +
        "(unknown-fact), has no field where others have one (no-such-fact) or stands in its reference alone (facts-cut), rows that say something else of a name than another one " +
        "under the same id (several-versions), and names that stay on an allow list (not-removed, beyond-limit).",
    ],
    examples: [
      ["source rejects phish", "What was not understood?"],
      ["source rejects phish --now", "Why was the list not accepted?"],
      ["source rejects phish --reason bad-idn --limit 100", "All that is kept of one reason"],
    ],
    load: async () => (await import("../commands/source-rejects.ts")).showRejects,
  },
];
