/** Loads the secrets of TSIG keys and of fetched lists from files and environment variables. No message here repeats any part of one. */
import { readFileSync, statSync } from "node:fs";
import { inspect } from "node:util";
import type { KeyConfig } from "./types.ts";

/** RFC 8945 section 8 asks for secrets of the digest's length; less than this is a password. */
const secretBytesMin = 16;
/** A file beyond this is no key. */
const secretFileBytesMax = 64 * 1024;

export type SecretOutcome =
  | { readonly kind: "secret"; readonly secret: Uint8Array; readonly warning?: string }
  | { readonly kind: "fault"; readonly message: string };

/** Reads base64 text from a file. */
export function secretFromFile(file: string): SecretOutcome {
  const read = readSecretFile(file);
  if (read.kind === "fault") return read;
  const outcome = decode(read.text, `"${file}"`);
  return outcome.kind === "fault" ? outcome : withModeWarning(outcome, file, read.mode);
}

/** Reads base64 text from an environment variable. */
export function secretFromEnv(name: string, env: Readonly<Record<string, string | undefined>>): SecretOutcome {
  const text = env[name];
  if (text === undefined || text === "") return { kind: "fault", message: `the variable ${name} is not set` };
  return decode(text, `the variable ${name}`);
}

export type TextOutcome =
  | { readonly kind: "text"; readonly text: string; readonly warning?: string }
  | { readonly kind: "fault"; readonly message: string };

/**
 * Reads a secret that is text, such as a password: one line in UTF-8, or several where `isMultiLine`. Nobody is warned that others
 * can read what is public.
 */
export function textFromFile(
  file: string,
  { isMultiLine = false, isPublic = false }: { readonly isMultiLine?: boolean; readonly isPublic?: boolean },
): TextOutcome {
  const read = readSecretFile(file);
  if (read.kind === "fault") return read;
  const outcome = checkText(Buffer.from(read.text, "latin1").toString("utf8"), `"${file}"`, isMultiLine);
  return outcome.kind === "fault" || isPublic ? outcome : withModeWarning(outcome, file, read.mode);
}

/** Reads a secret that is one line of text from an environment variable. */
export function textFromEnv(name: string, env: Readonly<Record<string, string | undefined>>): TextOutcome {
  const text = env[name];
  if (text === undefined || text === "") return { kind: "fault", message: `the variable ${name} is not set` };
  return checkText(text, `the variable ${name}`, false);
}

function checkText(given: string, where: string, isMultiLine: boolean): TextOutcome {
  const text = given.replace(/^\uFEFF/, "").trim();
  if (text === "") return { kind: "fault", message: `${where} is empty` };
  if (!isMultiLine && /[\x00-\x1f\x7f]/.test(text)) {
    return { kind: "fault", message: `${where} holds more than one line of text` };
  }
  return { kind: "text", text };
}

function withModeWarning<T extends object>(outcome: T, file: string, mode: number): T | (T & { warning: string }) {
  if ((mode & 0o044) === 0) return outcome;
  return { ...outcome, warning: `"${file}" can be read by other users; take that right away with chmod 600` };
}

function readSecretFile(
  file: string,
): { readonly kind: "read"; readonly text: string; readonly mode: number } | (TextOutcome & { kind: "fault" }) {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return { kind: "fault", message: `"${file}" is not a file` };
    if (stats.size > secretFileBytesMax) return { kind: "fault", message: `"${file}" is too large to be a key` };
    return { kind: "read", text: readFileSync(file, "latin1"), mode: stats.mode };
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    return { kind: "fault", message: `"${file}" cannot be read: ${reason}` };
  }
}

function decode(text: string, where: string): SecretOutcome {
  const base64 = text.replace(/\s+/g, "");
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    return { kind: "fault", message: `${where} does not hold base64 text and nothing else` };
  }
  const secret = Uint8Array.from(Buffer.from(base64, "base64"));
  if (secret.length < secretBytesMin) {
    return { kind: "fault", message: `${where} holds ${secret.length} octets; a key needs at least ${secretBytesMin}` };
  }
  return { kind: "secret", secret };
}

/** A key that keeps its secret when it is printed: a log line of a whole configuration must not leak it. */
export function makeKey({ name, algorithm, secret, secretFile }: KeyConfig): KeyConfig {
  const key = { name, algorithm, secret, secretFile };
  const shown = () => ({ name, algorithm });
  Object.defineProperty(key, "toJSON", { value: shown });
  Object.defineProperty(key, inspect.custom, { value: shown });
  return key;
}
