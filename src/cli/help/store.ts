/** What the commands on the store take, and their help. */
import { type Command, jsonOption } from "../command.ts";

export const backupCommand: Command = {
  words: ["backup"],
  operands: [{ name: "FILE" }],
  line: "Copies the store to one file, while builds and servers run",
  options: { force: { kind: "flag", describe: "Replace FILE where it exists" }, json: jsonOption },
  paragraphs: [
    "The copy is the store at one moment. It is checked, and appears whole or not at all. To restore it, stop builds, put " +
      "it in the place of rpzmill.db, and remove rpzmill.db-wal and rpzmill.db-shm.",
  ],
  examples: [
    ["backup /srv/backup/rpzmill.db", "A copy that another machine can serve"],
    ["backup --force last-night.db", "The same file each night"],
  ],
  load: async () => (await import("../commands/backup.ts")).backupStore,
};

export const storeCommands: readonly Command[] = [
  {
    words: ["store", "show"],
    line: "Shows the database's size, schema and free space",
    options: { json: jsonOption },
    paragraphs: ["Older copies are those that were made before the store was brought up to date."],
    examples: [["store show", "How large is it, and how much of that is in use?"]],
    load: async () => (await import("../commands/store-show.ts")).showStore,
  },
  {
    words: ["store", "list"],
    line: "Lists zones and sources in the store, configured or not",
    options: { json: jsonOption },
    paragraphs: ["What left the configuration is neither built nor served, and is kept until `rpzmill store forget`."],
    examples: [["store list", "What is kept of zones that we no longer have?"]],
    load: async () => (await import("../commands/store-list.ts")).listStore,
  },
  {
    words: ["store", "forget"],
    operands: [{ name: "NAME" }],
    line: "Deletes what is kept of a zone or source that left the configuration",
    options: { json: jsonOption },
    paragraphs: [
      "NAME is an apex or a source's id. A zone that comes back under a forgotten apex starts from nothing; its serial " +
        "follows the clock. A source that a served version was built from cannot be forgotten.",
    ],
    examples: [["store forget old.rpz.example", "Its versions go; `store compact` then makes the file smaller"]],
    load: async () => (await import("../commands/store-forget.ts")).forgetStored,
  },
  {
    words: ["store", "compact"],
    line: "Gives the database's free pages back to the disk",
    options: { json: jsonOption },
    paragraphs: [
      "Builds wait meanwhile, servers do not. It needs twice as many octets as are in use, for a while, in the state folder.",
    ],
    examples: [["store compact", "After a zone was forgotten, or a large list was replaced"]],
    load: async () => (await import("../commands/store-compact.ts")).compact,
  },
  {
    words: ["clock", "trust"],
    line: "Takes the clock for right, though the store was built by another",
    options: { json: jsonOption },
    paragraphs: [
      "A clock that is more than 30 days ahead of the last build is not believed before it has been there for an hour: run " +
        "this where it is right. And where the store was built by a clock that was ahead, run it once the clock is right: times " +
        "that lie ahead become now, and the next build resolves anew what has begun and ended. What was deleted by such a " +
        "clock does not come back, and serials do not go back.",
    ],
    examples: [["clock trust", "The machine was in 2099 for a day: what ended by that is looked at again"]],
    load: async () => (await import("../commands/clock-trust.ts")).trustTheClock,
  },
];
