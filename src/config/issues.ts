/** Puts a schema's complaints into words that name the value, what should stand there, and what was probably meant. */
import { z } from "zod";
import { factMeantBy } from "./fact-words.ts";
import { didYouMean } from "./suggest.ts";
import { pathAsWritten, valueAt } from "./value-path.ts";

/** A complaint at a path inside the value. `part` says whether the key or the value at its end is meant. */
export interface Complaint {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly part: "key" | "value";
}

/** What one issue says; one complaint for each unknown key. `root` is the schema that raised it, on `value`. */
export function describeIssue(issue: z.core.$ZodIssue, root: z.ZodType, value: unknown): readonly Complaint[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    const schema = schemaAt(root, path);
    const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
    return issue.keys.map((key) => {
      const fact = path.at(-1) === "fields" ? factMeantBy(key) : undefined;
      const meant = fact === undefined ? didYouMean(key, known) : ` (did you mean "${fact}"?)`;
      return {
        path: [...path, key],
        message: `is not a key here${meant === "" ? `; known are ${known.join(", ")}` : meant}`,
        part: "key",
      };
    });
  }
  const written = pathAsWritten(value, path);
  return [{ path: written, message: messageOf(issue, valueAt(value, written)), part: "value" }];
}

function messageOf(issue: z.core.$ZodIssue, found: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      if (found === undefined) return `is missing; it should be ${wordsFor[issue.expected] ?? issue.expected}`;
      return `should be ${wordsFor[issue.expected] ?? issue.expected}, but is ${show(found)}`;
    case "invalid_value": {
      if (found === undefined) return `is missing; it should be ${orList(issue.values.map(String))}`;
      const meant = typeof found === "string" ? didYouMean(found, issue.values.map(String)) : "";
      return `should be ${orList(issue.values.map(String))}, but is ${show(found)}${meant}`;
    }
    case "too_small": {
      const least = `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
      if (issue.origin === "array") return `should have ${least} ${Number(issue.minimum) === 1 ? "entry" : "entries"}`;
      if (issue.origin === "string") return "is empty";
      return `should be ${least}, but is ${show(found)}`;
    }
    case "too_big":
      if (issue.origin === "string") return `should have at most ${issue.maximum} characters`;
      return `should be at most ${issue.maximum}, but is ${show(found)}`;
    default:
      return issue.message;
  }
}

const wordsFor: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping of keys to values",
  record: "a mapping of keys to values",
};

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** A value as it may be quoted in a message. */
function show(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** The schema of what stands at a path, without its defaults and transformations. */
function schemaAt(root: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let schema: z.ZodType | undefined = withoutWrapping(root);
  for (const step of path) {
    if (schema instanceof z.ZodObject) schema = schema.shape[String(step)] as z.ZodType | undefined;
    else if (schema instanceof z.ZodArray) schema = schema.element as z.ZodType;
    else return undefined;
    if (schema !== undefined) schema = withoutWrapping(schema);
  }
  return schema;
}

/** The schema inside defaults, optional marks, and the pipes that `transform` and `preprocess` make. */
export function withoutWrapping(schema: z.ZodType): z.ZodType {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodExactOptional) {
      inner = inner.def.innerType as z.ZodType;
    } else if (inner instanceof z.ZodPipe) {
      inner = (inner.def.in instanceof z.ZodTransform ? inner.def.out : inner.def.in) as z.ZodType;
    } else {
      return inner;
    }
  }
}
