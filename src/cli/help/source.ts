/** What the commands on sources take, and their help. */
import { type Command, jsonOption, type Option, unmaskOption } from "../command.ts";

const quickOption: Option = {
  kind: "flag",
  describe: "Leave out what would have to be counted anew: unique and allowed",
};

const decisionOptions: Readonly<Record<string, Option>> = {
  by: { kind: "value", name: "WHO", describe: "Who decides, as they call themselves" },
  reason: { kind: "value", name: "TEXT", describe: "Why" },
  content: { kind: "value", name: "DIGITS", describe: "Only where the content on hold begins with these digits" },
  json: jsonOption,
};

export const sourceCommands: readonly Command[] = [
  {
    words: ["source", "list"],
    line: "Lists sources and allow lists with their snapshots",
    options: { quick: quickOption, json: { kind: "flag", describe: "Print one JSON array on stdout" } },
    paragraphs: [
      "A snapshot is what a list said when it was last accepted. The state says whether the file or how it is read has " +
        "changed since, what it says waits for a decision or was rejected (`source held`), nothing has confirmed it for too long, or " +
        "it cannot be read; the snapshot stays in force until a better one is accepted.",
      "`unique` is the share of its names and addresses that no other source has; what two sources have from one organisation is still " +
        "that one's. It is counted over all sources, ten million entries in one to two seconds, the first time that it is asked for after " +
        "one of them changed, and kept; --quick leaves that out. `last day` is what came and went in the last 24 hours. In JSON " +
        "`addedPerDay` and `removedPerDay` are averages of the last seven days, `allowed` how many names are on an allow list by now, and " +
        "`held` what waits.",
      "Of lists that are fetched it also says when they last came and when they are due. In JSON `fetchedAt` is when the list last " +
        "came, `checkedAt` when its host last said that it is the same, `changedAt` when it last was another, `nextAt` when it is due, `staleAt` when a policy zone is stale where no primary confirms it before, " +
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
      quick: { kind: "flag", describe: "Leave out what would have to be counted anew: unique, allowed and guard hits" },
      unmask: unmaskOption,
      json: jsonOption,
    },
    paragraphs: [
      "Its file, how it is read, its snapshot, its rejects by reason, its age, what came and went, what no other source has, what " +
        "was allowed since, how much guards stop or narrow in each zone, the last decisions on what was held, and the zones that take it.",
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
    words: ["source", "held"],
    operands: [{ name: "ID" }],
    line: "Shows what a list would change that its guard holds back",
    options: {
      limit: { kind: "value", name: "N", describe: "Names shown of each kind", default: "20" },
      unmask: unmaskOption,
      json: jsonOption,
    },
    paragraphs: [
      "Why it is held, how many names would come (`+`), go (`-`) and say something else (`~`), and which: those that guard lists name " +
        "first, by their ranks where a list has ranks, then the others in the order of names. 200 of each kind are kept.",
      "Then somebody decides with `source approve` or `source reject`. In JSON `decisions` are the last twenty, the newest first.",
    ],
    examples: [
      ["source held phish", "What would change?"],
      ["source held phish --limit 200 --json", "All that is kept of it, for programs"],
    ],
    load: async () => (await import("../commands/source-on-hold.ts")).showOnHold,
  },
  {
    words: ["source", "approve"],
    operands: [{ name: "ID" }],
    line: "Takes what a list's guard holds back, and publishes it",
    options: decisionOptions,
    paragraphs: [
      "The decision is of exactly the content that is on hold (`source held` shows it). The list is read and taken at once, and the zones " +
        "that take it are published; a build that runs is waited for. A list that has changed meanwhile is held anew. With --content the " +
        "decision fails where another content is on hold than the one that was looked at.",
      "Who decided, when, why and of what stays in the store. Exits 3 where the list is held anew or a zone is on hold with it.",
    ],
    examples: [["source approve phish --by ops --reason clean-up", "It is right: take it"]],
    load: async () => (await import("../commands/source-decide.ts")).approveSource,
  },
  {
    words: ["source", "reject"],
    operands: [{ name: "ID" }],
    line: "Leaves out what a list's guard holds back, until the list changes",
    options: decisionOptions,
    paragraphs: [
      "What was last accepted of the list stays in force, and builds no longer warn of the rest; `source show` and `source list` say so. " +
        "Once the list says something else, that is taken or held as any change is. Who decided, when, why and of what stays in the store.",
    ],
    examples: [["source reject phish --by ops --reason truncated", "It is wrong: keep what we have"]],
    load: async () => (await import("../commands/source-decide.ts")).rejectSource,
  },
  {
    words: ["source", "files"],
    operands: [{ name: "ID" }],
    line: "Lists the files of a source that is a folder, and what became of each",
    options: { refused: { kind: "flag", describe: "Only those that were not accepted" }, json: jsonOption },
    paragraphs: [
      "A file is accepted, refused, or passed over since it is no regular file. Of a refused file what it held when it was last " +
        "good stays in force, and its time and hash are of that.",
      "What is still being written, and files whose names begin with `.` or `~` or end in .part, .tmp or .swp, are not listed.",
    ],
    examples: [
      ["source files drop", "What came, and what is in force of it?"],
      ["source files drop --refused", "Which files could not be read, and why?"],
    ],
    load: async () => (await import("../commands/source-files.ts")).listFiles,
  },
  {
    words: ["source", "diff"],
    operands: [{ name: "ID" }, { name: "FROM" }, { name: "TO", optional: true }],
    line: "Shows what came, went and changed in a list between two times",
    options: { unmask: unmaskOption, json: jsonOption },
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
      export: {
        kind: "value",
        name: "FORM",
        describe: "All that is kept, as csv or as jsonl (one JSON object a line)",
      },
      json: jsonOption,
    },
    paragraphs: [
      "What is shown belongs to the snapshot in force; where there is none, since no reading was accepted so far, the file is read.",
      "Every reject is counted; the first 100 of each reason are kept to show, as `line: text`. --export writes all that is kept of " +
        "the snapshot in force, in columns `reason`, `line` and `text` (200 characters at most, as they may be shown on a terminal); with " +
        "--now the file is read for it, and the first 200,000 of each reason are written. What is left out is said on stderr.",
      "Notes on what was accepted stand among them, without a line: names under top-level domains that do not exist " +
        "(unknown-tld), prefixes whose host bits were cleared, rows of which a fact cannot be read and is unknown " +
        "(unknown-fact), has no field where others have one (no-such-fact) or stands in its reference alone (facts-cut), rows that say something else of a name than another one " +
        "under the same id (several-versions), and names that stay on an allow list (not-removed, beyond-limit).",
    ],
    examples: [
      ["source rejects phish", "What was not understood?"],
      ["source rejects phish --now", "Why was the list not accepted?"],
      ["source rejects phish --reason bad-idn --limit 100", "All that is kept of one reason"],
      ["source rejects phish --now --export csv", "Everything that is wrong with the list, for its publisher"],
    ],
    load: async () => (await import("../commands/source-rejects.ts")).showRejects,
  },
];
