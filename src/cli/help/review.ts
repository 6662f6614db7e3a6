/** What the commands on reviews take, and their help. */
import { type Command, jsonOption, type Option, unmaskOption } from "../command.ts";

const decideOptions: Readonly<Record<string, Option>> = {
  by: { kind: "value", name: "WHO", describe: "Who decides; kept with the decision" },
  reason: { kind: "value", name: "TEXT", describe: "Why; kept with the decision" },
  source: { kind: "value", name: "ID", describe: "Of names, only entries of this source" },
  file: { kind: "value", name: "FILE", describe: "A file with one number or name a line; - is stdin" },
  "dry-run": { kind: "flag", describe: "Only say what would happen" },
  json: jsonOption,
};
const named =
  "Reviews are named by their numbers (r12), or by the name of the entry, which means all reviews of it that wait. A number stands for " +
  "what was shown under it: where the source says something else since, it has gone, and nothing is decided. All are taken, or none.";
const published =
  "What each zone makes of it is printed, then the zones that take the source are published; a server that runs answers with the new " +
  "serial at once. A build that runs is waited for. Decisions are never deleted or changed.";
const operands = [{ name: "REVIEW", optional: true, repeats: true }];

export const reviewCommands: readonly Command[] = [
  {
    words: ["review", "list"],
    line: "Lists entries that wait for a person before they count",
    options: {
      source: { kind: "value", name: "ID", describe: "Only entries of this source" },
      reason: { kind: "value", name: "REASON", describe: "Only those that wait for this reason" },
      limit: { kind: "value", name: "N", describe: "Entries shown at most", default: "50" },
      after: { kind: "value", name: "REVIEW", describe: "Only those behind this number" },
      unmask: unmaskOption,
      json: jsonOption,
    },
    paragraphs: [
      "One entry a line, the one that has waited longest first: its number, its name, its source, why it waits and since when, what it says, " +
        "and who accepted it so far. Beneath it stands what its source says of it, such as a pattern. At the end is how many wait, by source and reason.",
      "Entries wait where their format says so (a pattern that names may not be taken from unseen), and where the source has `trust: untrusted`. " +
        "They count once two people accept them, or one where the source has `trust: trusted`.",
    ],
    examples: [
      ["review list", "What waits for me?"],
      ["review list --source partner --reason untrusted --json", "The same of one source and reason, for a program"],
    ],
    load: async () => (await import("../commands/review-list.ts")).listReviews,
  },
  {
    words: ["review", "show"],
    operands: [{ name: "REVIEW" }],
    line: "Shows all that is known of an entry that waits, or was decided on",
    options: { unmask: unmaskOption, json: jsonOption },
    paragraphs: [
      "REVIEW is its number (r12) or its name. Decisions stand beneath it, the first one first, also those on what the source said before.",
      "`review accept --dry-run` says what each zone would make of it.",
    ],
    examples: [["review show r12", "What is this, and who decided what?"]],
    load: async () => (await import("../commands/review-show.ts")).showReview,
  },
  {
    words: ["review", "accept"],
    operands,
    line: "Accepts entries that wait; those that have enough accepts count at once",
    options: decideOptions,
    paragraphs: [
      named,
      "Two people must accept an entry, told apart by --by; one is enough where the source has `trust: trusted`. Guards and allow lists hold " +
        "for what was accepted as for all else. One that was refused needs as many accepts as before.",
      published,
    ],
    examples: [
      ["review accept r12 r15 --by alice --reason 'seen in our own logs'", "Accept two of them"],
      ["review accept evil.example --by bob --reason ticket-9 --dry-run", "What would this name do?"],
    ],
    load: async () => (await import("../commands/review-decide.ts")).acceptReviews,
  },
  {
    words: ["review", "reject"],
    operands,
    line: "Refuses entries that wait, or takes back that they were accepted",
    options: decideOptions,
    paragraphs: [
      named,
      "One person is enough to refuse an entry, also one that counts by then. It stays refused for as long as the source says the same of it.",
      published,
    ],
    examples: [["review reject r13 --by alice --reason 'a parking page'", "This one never counts"]],
    load: async () => (await import("../commands/review-decide.ts")).rejectReviews,
  },
];
