/** What `build`, `serve` and `run` take, and their help. */
import { type Command, jsonOption } from "../command.ts";

export const buildCommand: Command = {
  words: ["build"],
  line: "Reads the lists, merges them, and publishes the zones that changed",
  options: {
    full: { kind: "flag", describe: "Read every list and merge everything again, even what seems unchanged" },
    accept: {
      kind: "values",
      name: "ID",
      describe: "Take this list though it is empty, changed beyond its limit or on hold; a guard's list is guard:ID",
    },
    "accept-zone": { kind: "values", name: "APEX", describe: "Publish this zone though it changes beyond its limit" },
    "dry-run": { kind: "flag", describe: "Say what a build would add, remove and change, and publish nothing" },
    list: { kind: "flag", describe: "With --dry-run: the name of every such rule" },
    reread: {
      kind: "values",
      name: "ID",
      describe: "Read this list though its file looks untouched; a guard's list is guard:ID",
    },
    "no-fetch": { kind: "flag", describe: "Read the copies of fetched lists as they are, due or not" },
    "no-backup": { kind: "flag", describe: "Bring an older store up to date without a copy of it as it was" },
    quiet: { kind: "flag", describe: "Only warnings and errors on stderr" },
    json: jsonOption,
  },
  paragraphs: [
    "Lists with a `url` are fetched first where they are due; one that cannot be is read as its last good copy is. A dry run " +
      "fetches nothing.",
    "Only lists whose files changed are read, and only names that changed are merged again. Equal input gives no " +
      "new serial. A server on the same state serves a new serial within a second.",
    "A list that is missing, empty, or changed beyond its limit keeps its last good snapshot, and a warning says " +
      "so; look at it, and where it is right build with --accept and its id, or guard:ID for a guard's.",
    "A zone that would change beyond its limit is put on hold: what was published stays served until a build with " +
      "--accept-zone and its apex, or until the lists change back. What allow lists and guards " +
      "of your own lift is published even so.",
    "Exits 0 when every zone is up to date, 1 when a zone could not be built, 2 when the configuration is at fault, " +
      "3 when a zone is on hold.",
  ],
  examples: [
    ["build", "Build what rpzmill.yaml in this folder says"],
    ["build --accept phish", "Take the source phish as it is, once"],
    ["build --dry-run --list", "Every rule that would come, go or change, before it does"],
    ["build --json | jq '.zones[] | {apex, serial, rules}'", "Facts for a program"],
  ],
  load: async () => (await import("../commands/build.ts")).runBuild,
};

export const serveCommand: Command = {
  words: ["serve"],
  line: "Serves what is published, by UDP and TCP",
  options: { json: { kind: "flag", describe: "Write messages as JSON lines" } },
  paragraphs: [
    "Answers SOA and direct queries, AXFR and IXFR for those whom a zone's `transfer` allows. Builds of another " +
      "process are noticed within a second. A zone costs no memory, and a start loads nothing.",
    "SIGTERM and SIGINT let running transfers end for at most server.limits.drainSeconds, then the program exits " +
      "with 0; a second signal ends it at once. SIGHUP reads the configuration again and applies it in place; " +
      "one with faults is reported and not applied.",
  ],
  examples: [
    ["serve", "Serve on the addresses of server.listen"],
    ["serve --config /etc/rpzmill/rpzmill.yaml --json", "As a service whose log a program reads"],
  ],
  load: async () => (await import("../commands/serve.ts")).runServe,
};

export const runCommand: Command = {
  words: ["run"],
  line: "Serves, fetches what is due, and builds when lists or the configuration change or time has come",
  options: { json: { kind: "flag", describe: "Write messages as JSON lines" } },
  paragraphs: [
    "What is published is served from the first moment. Builds run in a process of their own, one at a time, so that " +
      "nothing they meet can stop or slow the serving.",
    "Lists with a `url` are fetched as their `every` says, in another process, too; a start fetches nothing that is not due.",
    "A changed configuration is applied when it has no fault: zones, lists, keys and their secrets, limits, addresses " +
      "and who may transfer. Running transfers go on. Another state folder needs a restart.",
    "SIGHUP reads the configuration and builds. SIGTERM and SIGINT let running transfers end; a second signal ends " +
      "the program at once.",
  ],
  examples: [["run", "Build and serve what rpzmill.yaml in this folder says"]],
  load: async () => (await import("../commands/run.ts")).runRun,
};
