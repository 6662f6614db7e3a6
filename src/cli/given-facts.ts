/** The facts that options of `entry add` give of entries, read as the cells of a table are. */
import { OperatorError } from "../base/errors.ts";
import { automaticIds, type GivenFacts } from "../feed/ledger/acts.ts";
import type { FactField } from "../indicator/facts/columns.ts";
import type { Facts } from "../indicator/facts/facts.ts";
import { labelOf } from "../indicator/facts/facts.ts";
import { decodeReport, type Report } from "../indicator/facts/report.ts";
import { RowReader } from "../indicator/facts/row.ts";
import { secondsOf } from "../indicator/moment.ts";
import type { Invocation } from "./command.ts";

/** Options by the fact that they give, each with what it should be. */
const factOptions: readonly (readonly [option: string, field: FactField, wanted: string])[] = [
  ["category", "category", "a category as zones name it"],
  ["confidence", "confidence", "0 to 100, or a word such as high"],
  ["tlp", "tlp", "clear, green, amber, amber+strict or red"],
  ["pap", "pap", "clear, green, amber or red"],
  ["organisation", "organisation", "who reported it"],
  ["campaign", "campaign", "a campaign"],
  ["family", "family", "a malware family"],
  ["from", "validFrom", "a day (2026-11-24), a time (2026-11-24T10:00:00Z) or Unix seconds"],
  ["until", "validUntil", "a day (2026-11-24, the last), a time (2026-11-24T10:00:00Z) or Unix seconds"],
  ["reference", "reference", "a case number or an address"],
];

/** What the options say; one with an empty value takes back what was said before. @throws OperatorError USAGE */
export function factsGiven(invocation: Invocation): GivenFacts {
  const texts = new Map<FactField, string>();
  for (const [option, field, wanted] of factOptions) {
    const text = invocation.value(option);
    if (text === undefined) continue;
    const read = new RowReader({ [field]: option }, {}).read(() => text);
    if (read.unread !== "") throw unreadable(option, text, wanted);
    texts.set(field, text);
  }
  const columns = Object.fromEntries([...texts.keys()].map((field) => [field, field]));
  const { text } = new RowReader(columns, {}).read((field) => texts.get(field)) as { readonly text: string };
  const { facts, validFrom, validUntil, reference } = decodeReport(text);
  const has = (field: FactField): boolean => texts.has(field);
  const named = ["category", "confidence", "tlp", "pap", "organisation", "campaign", "family"] as const;
  const given = Object.fromEntries(named.filter(has).map((field) => [field, facts[field as keyof Facts]]));
  return {
    facts: given,
    ...(has("validFrom") ? { validFrom } : {}),
    ...(has("validUntil") ? { validUntil } : {}),
    ...(has("reference") ? { reference } : {}),
  } satisfies GivenFacts & Partial<Report>;
}

/** A label such as `--by` has: white space made single; undefined where it is not given. @throws OperatorError USAGE where empty */
export function labelGiven(invocation: Invocation, option: string): string | undefined {
  const text = invocation.value(option);
  if (text === undefined) return undefined;
  const label = labelOf(text);
  if (label === undefined) throw unreadable(option, text, "some words");
  return label;
}

/** The id of `--id`, as `labelGiven` reads it. @throws OperatorError USAGE where entries have it that were given none */
export function idGiven(invocation: Invocation): string | undefined {
  const id = labelGiven(invocation, "id");
  if (id === undefined || !automaticIds.includes(id)) return id;
  throw new OperatorError(
    "USAGE",
    `Cannot take --id "${id}": entries have it that were given no id of their own`,
    "Give another id, or names without --id",
  );
}

/** The time of an option, Unix seconds; a day alone is the end of it. @throws OperatorError USAGE */
export function timeOption(invocation: Invocation, option: string): number | undefined {
  const text = invocation.value(option);
  if (text === undefined) return undefined;
  const seconds = secondsOf(text, { endOfDay: true });
  if (seconds === undefined)
    throw unreadable(option, text, "a day (2026-11-24, the last), a time (2026-11-24T10:00:00Z) or Unix seconds");
  return seconds;
}

function unreadable(option: string, text: string, wanted: string): OperatorError {
  return new OperatorError("USAGE", `Cannot read --${option} "${text}": it should be ${wanted}`, "Nothing was done");
}
