/** What a STIX pattern is once it is read: observation expressions, and in each a comparison expression. */

export type ComparisonOperator =
  | "="
  | "!="
  | ">"
  | "<"
  | ">="
  | "<="
  | "IN"
  | "LIKE"
  | "MATCHES"
  | "ISSUBSET"
  | "ISSUPERSET";

export interface Literal {
  readonly kind: "string" | "integer" | "float" | "boolean" | "binary" | "hex" | "timestamp";
  /** Without quotes and escapes. */
  readonly text: string;
}

/** A step from an object to a property in it: a key, or an index (`*` for any). */
export type PathStep = { readonly key: string } | { readonly index: string };

export interface ObjectPath {
  /** As in `domain-name`. */
  readonly type: string;
  readonly steps: readonly PathStep[];
}

export interface Test {
  readonly kind: "test";
  readonly path: ObjectPath;
  /** `NOT` stands before the operator. */
  readonly isNegated: boolean;
  readonly operator: ComparisonOperator;
  /** One, but for `IN`, which has any number. */
  readonly values: readonly Literal[];
}

export interface Exists {
  readonly kind: "exists";
  readonly path: ObjectPath;
  readonly isNegated: boolean;
}

export interface ComparisonParts {
  readonly kind: "and" | "or";
  /** At least two. */
  readonly parts: readonly Comparison[];
}

export type Comparison = Test | Exists | ComparisonParts;

export type Qualifier =
  | { readonly kind: "within"; readonly seconds: string }
  | { readonly kind: "repeats"; readonly times: string }
  | { readonly kind: "start-stop"; readonly start: string; readonly stop: string };

export interface Single {
  readonly kind: "single";
  readonly comparison: Comparison;
}

export interface ObservationParts {
  readonly kind: "and" | "or" | "followed-by";
  /** At least two. */
  readonly parts: readonly Observation[];
}

export interface Qualified {
  readonly kind: "qualified";
  readonly of: Observation;
  readonly qualifier: Qualifier;
}

export type Observation = Single | ObservationParts | Qualified;

/** A path as it is written where no key needs quotes: `domain-name:resolves_to_refs[*].value`. */
export function pathText({ type, steps }: ObjectPath): string {
  let text = `${type}:`;
  steps.forEach((step, i) => {
    if ("index" in step) text += `[${step.index}]`;
    else text += i === 0 ? step.key : `.${step.key}`;
  });
  return text;
}
