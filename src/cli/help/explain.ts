/** What `explain` takes, and its help. */
import { type Command, jsonOption } from "../command.ts";

export const explainCommand: Command = {
  words: ["explain"],
  operands: [{ name: "NAME" }],
  line: "Says what each zone does with a name, because of whom, and what stopped a rule",
  options: { json: jsonOption },
  paragraphs: [
    "NAME is a domain name as a client would ask for it, or an address as an answer would hold it. For each zone that " +
      "has something to say of it: what is done, the entries behind that, the deciding one first, and what stops them " +
      "where nothing is done. Of each entry it says what is known: category, confidence, TLP and PAP where they are not clear, " +
      "who reported it and the campaign. Entries that a zone does not take, as by its maxTlp, count for nothing; where there are no others, it says so.",
    "Of a name it also says what becomes of domains that have a name server of that name, and of an address what becomes of clients " +
      "and of name servers at it, where a zone has such rules. With a trigger in front, as in 'nsip 192.0.2.53', it says that alone.",
    "Then each entry that a guard stopped or narrowed: the guard, the name that it lists, and the setting with which the " +
      "source passes it.",
    "Last, what sources whose entries have facts ever reported of the name or of one above it: from when until when, under " +
      "which reference, and whether it still counts, as `entry show` does.",
    "The answer is what is served. Where that is not what the lists as they were last read and the configuration lead to, " +
      "since the zone is on hold or no build has published them, it is read from the zone itself, and what its change or " +
      "the next build would make of the name stands beside it. Exits 0 whether the name is blocked or not.",
  ],
  examples: [
    ["explain node17.eu.botnet.example", "Why is this name blocked, or why is it not?"],
    ["explain node17.eu.botnet.example --json", "The same for a program"],
  ],
  load: async () => (await import("../commands/explain.ts")).explain,
};
