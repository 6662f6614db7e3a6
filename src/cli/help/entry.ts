/** What the commands on entries take, and their help. */
import { type Command, jsonOption } from "../command.ts";

const states =
  "The state says whether it counts as of the last build: current; waiting for its time; ended; faded (too little is left of " +
  "its confidence); revoked by the source; withdrawn (the source no longer reports it).";

export const entryCommands: readonly Command[] = [
  {
    words: ["entry", "list"],
    operands: [{ name: "SOURCE" }],
    line: "Lists what a source whose entries have facts reported, also what it no longer does",
    options: {
      state: { kind: "value", name: "STATE", describe: "Only entries in this state" },
      limit: { kind: "value", name: "N", describe: "Entries shown at most" },
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
      "One report a line, also of those that no longer count, and of sources that left the configuration. With a trigger in " +
        "front, as in 'nsdname ns1.example.net', those of that trigger; without one, of the name as it is asked for or the address in an answer.",
      states,
    ],
    examples: [["entry show dropper.example", "Who reported this name, when, and where is more to read?"]],
    load: async () => (await import("../commands/entry-show.ts")).showEntry,
  },
];
