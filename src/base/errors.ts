/**
 * Errors that someone can fix. Defects stay built-in errors; bad input from outside is neither, it is counted.
 * Every code here is documented in docs/errors.md, kept together by a test.
 */
export type ErrorCode =
  | "CONFIG_UNREADABLE"
  | "CONFIG_SYNTAX"
  | "CONFIG_INVALID"
  | "SECRET_UNREADABLE"
  | "SOURCE_NOT_FETCHED"
  | "SOURCE_UNREADABLE"
  | "SOURCE_EMPTY"
  | "SOURCE_GUARD"
  | "SOURCE_STALE"
  | "SOURCE_TOO_LARGE"
  | "SOURCE_NOT_A_LIST"
  | "ALLOW_HELD"
  | "ALLOW_UNREADABLE"
  | "GUARD_HELD"
  | "EXCEPTION_UNREADABLE"
  | "BUILD_HELD"
  | "BUILD_NOTHING"
  | "ZONE_ON_HOLD"
  | "STORE_UNUSABLE"
  | "STORE_TOO_NEW"
  | "STORE_NO_SPACE"
  | "LISTEN_FAILED"
  | "NOT_FOUND"
  | "USAGE";

/** Whether an error is of the store or its disk, so that nothing else can be done either. */
function isStoreFault({ code }: OperatorError): boolean {
  return code === "STORE_UNUSABLE" || code === "STORE_TOO_NEW" || code === "STORE_NO_SPACE";
}

/** A place in something an operator wrote. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** Path of the key inside the file, as in `sources[2].format`. */
  readonly key?: string;
}

export class OperatorError extends Error {
  readonly code: ErrorCode;
  /** What to do next, one sentence. */
  readonly remedy: string;
  readonly place: Place | undefined;
  /** Whether a full disk is the cause. */
  readonly isDiskFull: boolean;

  /** `message` reads `Cannot <do what> "<value>": <why>`, without a full stop. */
  constructor(
    code: ErrorCode,
    message: string,
    remedy: string,
    options: { cause?: unknown; place?: Place; isDiskFull?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OperatorError";
    this.code = code;
    this.remedy = remedy;
    this.place = options.place;
    this.isDiskFull = options.isDiskFull === true;
  }
}

/** The message of anything thrown, for a log line or a wrapping error. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Whether it was a full disk that something failed for. */
export function failedForSpace(thrown: unknown): thrown is OperatorError {
  return thrown instanceof OperatorError && thrown.isDiskFull;
}

/** Whether it keeps one list or zone alone from being brought up to date, and not the store from being used. */
export function failsAlone(thrown: unknown): thrown is OperatorError {
  return thrown instanceof OperatorError && (!isStoreFault(thrown) || thrown.isDiskFull);
}
