/** What the commands on entries take, and their help. */
import { type Command, jsonOption, type Option, unmaskOption } from "../command.ts";

const states =
  "The state says whether it counts as of the last build: current; review (a person must decide first, see `review list`); refused by a person; waiting for its time; ended; faded (too little is left of " +
  "its confidence); revoked by the source, or cancelled by people before it began; unreadable (its times, so that those of before count, or something without which it " +
  "does not); withdrawn (the source no longer reports it); unread (the source is read without facts now).";

const source: Option = { kind: "value", name: "ID", describe: "The source, one with `manual: true`" };
const file: Option = { kind: "value", name: "FILE", describe: "A file with one name a line; - is stdin" };
const by: Option = { kind: "value", name: "LABEL", describe: "Who does it; kept with the entry" };
const reason: Option = { kind: "value", name: "TEXT", describe: "Why; kept with the entry" };
const dryRun: Option = { kind: "flag", describe: "Only say what would happen" };
const published =
  "What each zone makes of it is printed, then the zones that take the source are published; a server that runs answers with " +
  "the new serial at once. A build that runs is waited for. All names are taken, or none.";

export const entryCommands: readonly Command[] = [
  {
    words: ["entry", "list"],
    operands: [{ name: "SOURCE" }],
    line: "Lists what a source whose entries have facts ever reported",
    options: {
      state: { kind: "value", name: "STATE", describe: "Only entries in this state" },
      limit: { kind: "value", name: "N", describe: "Entries shown at most" },
      unmask: unmaskOption,
      json: jsonOption,
    },
    paragraphs: [
      "One entry a line, in the order of their names: its state, its facts, its times, its reference and the source's id.",
      states,
    ],
    examples: [
      ["entry list intel --limit 20", "What does this source say of its entries?"],
      ["entry list intel --state revoked --json", "What it took back, for a program"],
    ],
    load: async () => (await import("../commands/entry-list.ts")).listEntries,
  },
  {
    words: ["entry", "show"],
    operands: [{ name: "NAME" }],
    line: "Shows all that sources whose entries have facts reported of a name or address",
    options: { json: jsonOption },
    paragraphs: [
      "One report a line, also of those that no longer count, and of sources that left the configuration. Beneath each that " +
        "changed stands what it said before, since when, and when it was gone, as far back as `historyDays` reaches.",
      "With a trigger in front, as in 'nsdname ns1.example.net', those of that trigger; without one, of the name as it is asked " +
        "for or the address in an answer.",
      states,
    ],
    examples: [["entry show dropper.example", "Who reported this name, when, and where is more to read?"]],
    load: async () => (await import("../commands/entry-show.ts")).showEntry,
  },
  {
    words: ["entry", "add"],
    operands: [{ name: "NAME", optional: true, repeats: true }],
    line: "Adds entries to a source that people keep, or changes them",
    options: {
      source,
      scope: { kind: "value", name: "SCOPE", describe: "exact: the name alone; subtree: with all beneath" },
      category: { kind: "value", name: "CATEGORY", describe: "What kind of threat it is" },
      confidence: { kind: "value", name: "0..100", describe: "How sure it is" },
      tlp: { kind: "value", name: "LEVEL", describe: "Traffic Light Protocol" },
      pap: { kind: "value", name: "LEVEL", describe: "Permissible Actions Protocol" },
      from: { kind: "value", name: "TIME", describe: "From when on it counts" },
      until: { kind: "value", name: "TIME", describe: "Until when; a day alone is the last on which it counts" },
      reference: { kind: "value", name: "TEXT", describe: "Where to read more: a case number, an address" },
      organisation: { kind: "value", name: "NAME", describe: "Who reported it" },
      campaign: { kind: "value", name: "NAME", describe: "Campaign that it belongs to" },
      family: { kind: "value", name: "NAME", describe: "Malware family" },
      id: { kind: "value", name: "ID", describe: "An id of your own for the entry" },
      file,
      by,
      reason,
      "dry-run": dryRun,
      json: jsonOption,
    },
    paragraphs: [
      "Names, addresses, prefixes and URLs are read as in lists, defanged or not; `*.name` is the name with all beneath; " +
        "with a trigger in front, as in 'nsdname ns1.example.net', what that compares. - is stdin.",
      published,
      "An entry is known by its name and what it blocks, or by its name and --id; a name alone, without --scope, is the one entry " +
        "of it that has not ended, if there is but one, and refused where there are several. Where there is one, what is given of it " +
        'changes and all else stays; an option with "" takes a fact back. One that has ended begins anew, with its TLP and PAP of before unless they are given. Times are as ' +
        "`source show --at` takes them, UTC where they say no other.",
    ],
    examples: [
      ["entry add evil.example --source analysts --scope subtree --by alice", "Block a name with all beneath it"],
      ["entry add evil.example --source analysts --until 2026-12-31", "The same entry ends with the year"],
      ["entry add --file names.txt --source analysts --reference case-7 --dry-run", "What would all these do?"],
    ],
    load: async () => (await import("../commands/entry-add.ts")).addEntries,
  },
  {
    words: ["entry", "end"],
    operands: [{ name: "NAME", optional: true, repeats: true }],
    line: "Ends entries of a source that people keep",
    options: {
      source,
      id: { kind: "value", name: "ID", describe: "Only entries of this id; without NAME, all of them" },
      at: {
        kind: "value",
        name: "TIME",
        describe: "When they end; a day alone is the last on which they count; without it, now",
      },
      file,
      by,
      reason,
      "dry-run": dryRun,
      json: jsonOption,
    },
    paragraphs: [
      "What has ended no longer counts, and stays in the store: `entry show` says who added and ended it, and when. An entry that " +
        "has not begun yet never does.",
      published,
    ],
    examples: [
      ["entry end evil.example --source analysts --by bob --reason false-positive", "Let the name go"],
      ["entry end --id case-7 --source analysts", "Let all entries of a case go"],
    ],
    load: async () => (await import("../commands/entry-end.ts")).endEntries,
  },
];
