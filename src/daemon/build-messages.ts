/** What a building process and the one that started it say to each other. */
import type { Config } from "../config/types.ts";
import type { BuildReport, ReportedError } from "./build-report.ts";

/** The one message to the building process. */
export interface BuildOrder {
  /** Checked, and without keys: a build needs no secret. */
  readonly config: Config;
  /** Ids of lists to read though their files look untouched. */
  readonly reread: readonly string[];
}

export type BuildNews =
  | {
      readonly kind: "log";
      readonly level: "info" | "warn" | "error";
      readonly fields: Readonly<Record<string, unknown>>;
      readonly message: string;
    }
  | { readonly kind: "built"; readonly report: BuildReport }
  | { readonly kind: "failed"; readonly error: ReportedError };
