/** What the commands on guards take, and their help. */
import { type Command, jsonOption, unmaskOption } from "../command.ts";

export const guardCommands: readonly Command[] = [
  {
    words: ["guard", "list"],
    line: "Lists guards with their counts, and what overrides them",
    options: { json: jsonOption },
    paragraphs: [
      "A guard is a list of names and addresses that no other list may block by accident. Built-in guards come first; those " +
        "that are off stand behind the table. The state says whether a list has changed since its copy was taken, or cannot " +
        "be read; the copy stays in force until a better one is accepted.",
    ],
    examples: [["guard list", "Which guards are in force, and which sources override them?"]],
    load: async () => (await import("../commands/guard-list.ts")).listGuards,
  },
  {
    words: ["guard", "show"],
    operands: [{ name: "ID" }],
    line: "Shows all facts of one guard",
    options: { json: jsonOption },
    paragraphs: [
      "Its class, its list and how that is read, its copy, the zones that it guards, the sources that override it, and the " +
        "first ten lines that were not accepted of each reason.",
    ],
    examples: [["guard show popular", "How many names are guarded as large sites?"]],
    load: async () => (await import("../commands/guard-show.ts")).showGuard,
  },
  {
    words: ["guard", "hits"],
    line: "Lists what guards stop and narrow, entry by entry",
    options: {
      guard: { kind: "value", name: "ID", describe: "Only what this guard does" },
      zone: { kind: "value", name: "APEX", describe: "Only in this zone" },
      source: { kind: "value", name: "ID", describe: "Only to entries of this source" },
      limit: { kind: "value", name: "N", describe: "So many at most; all without it" },
      unmask: unmaskOption,
      json: jsonOption,
    },
    paragraphs: [
      "One line for each entry of a source that a guard keeps out of a zone, or narrows to its name alone, in canonical " +
        "order: which guard, the name that it lists, and the setting with which the source passes it. Of several " +
        "guards that do the same to an entry, the first by id is named. It reads the lists as they were last accepted.",
    ],
    examples: [
      ["guard hits --limit 20", "What do the guards keep out?"],
      ["guard hits --guard public-suffixes --json", "All that one guard does, for a program"],
    ],
    load: async () => (await import("../commands/guard-hits.ts")).listGuardHits,
  },
];
