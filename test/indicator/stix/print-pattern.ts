/** Writes a STIX pattern as text that reads as the same pattern. */
import {
  type Comparison,
  type Literal,
  type ObjectPath,
  type Observation,
  type Qualifier,
} from "../../../src/indicator/stix/pattern.ts";

export function printPattern(observation: Observation): string {
  switch (observation.kind) {
    case "single":
      return `[${printComparison(observation.comparison)}]`;
    case "qualified":
      return `${inParentheses(observation.of)} ${printQualifier(observation.qualifier)}`;
    default: {
      const words = { and: "AND", or: "OR", "followed-by": "FOLLOWEDBY" };
      return observation.parts.map(inParentheses).join(` ${words[observation.kind]} `);
    }
  }
}

function inParentheses(observation: Observation): string {
  const text = printPattern(observation);
  return observation.kind === "single" ? text : `(${text})`;
}

function printQualifier(qualifier: Qualifier): string {
  switch (qualifier.kind) {
    case "within":
      return `WITHIN ${qualifier.seconds} SECONDS`;
    case "repeats":
      return `REPEATS ${qualifier.times} TIMES`;
    case "start-stop":
      return `START t'${qualifier.start}' STOP t'${qualifier.stop}'`;
  }
}

function printComparison(comparison: Comparison): string {
  switch (comparison.kind) {
    case "exists":
      return `${comparison.isNegated ? "NOT " : ""}EXISTS ${printPath(comparison.path)}`;
    case "test": {
      const { path, isNegated, operator, values } = comparison;
      const printed = values.map(printLiteral);
      const value = operator === "IN" ? `(${printed.join(", ")})` : (printed[0] as string);
      return `${printPath(path)} ${isNegated ? "NOT " : ""}${operator} ${value}`;
    }
    default:
      return comparison.parts
        .map((part) =>
          part.kind === "and" || part.kind === "or" ? `(${printComparison(part)})` : printComparison(part),
        )
        .join(comparison.kind === "and" ? " AND " : " OR ");
  }
}

function printPath({ type, steps }: ObjectPath): string {
  const [first, ...rest] = steps.map((step) => ("index" in step ? `[${step.index}]` : printKey(step.key)));
  return `${type}:${first}${rest.map((step) => (step.startsWith("[") ? step : `.${step}`)).join("")}`;
}

function printKey(key: string): string {
  return printString(key);
}

function printString(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}

function printLiteral({ kind, text }: Literal): string {
  switch (kind) {
    case "string":
      return printString(text);
    case "binary":
      return `b'${text}'`;
    case "hex":
      return `h'${text}'`;
    case "timestamp":
      return `t'${text}'`;
    default:
      return text;
  }
}
