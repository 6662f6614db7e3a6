/** Every command there is, in the order in which help lists them. */
import type { Command } from "./command.ts";
import { configCommands, keyCommands } from "./help/config.ts";
import { entryCommands } from "./help/entry.ts";
import { explainCommand } from "./help/explain.ts";
import { guardCommands } from "./help/guard.ts";
import { reviewCommands } from "./help/review.ts";
import { buildCommand, runCommand, serveCommand } from "./help/run.ts";
import { sourceCommands } from "./help/source.ts";
import { backupCommand, storeCommands } from "./help/store.ts";
import { zoneCommands } from "./help/zone.ts";

export const commands: readonly Command[] = [
  buildCommand,
  serveCommand,
  runCommand,
  explainCommand,
  ...zoneCommands,
  ...sourceCommands,
  ...entryCommands,
  ...reviewCommands,
  ...guardCommands,
  backupCommand,
  ...storeCommands,
  ...configCommands,
  ...keyCommands,
];

/** Nouns that verbs follow. */
export const groups: readonly { readonly noun: string; readonly line: string }[] = [
  { noun: "zone", line: "Lists, shows, exports and compares policy zones" },
  { noun: "source", line: "Lists and shows sources and what was rejected of them" },
  { noun: "entry", line: "Lists and shows what sources report of their entries, and keeps entries of your own" },
  { noun: "review", line: "Shows what waits for a person, and takes decisions on it" },
  { noun: "guard", line: "Lists and shows guards, and what they stop and narrow" },
  { noun: "clock", line: "Says whether the clock is right" },
  { noun: "store", line: "Shows the store, and keeps it small" },
  { noun: "config", line: "Checks the configuration" },
  { noun: "key", line: "Makes TSIG keys" },
];
