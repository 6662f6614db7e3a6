/** Loads the secrets of TSIG keys from files and environment variables. No message here repeats any part of one. */
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
  let text: string;
  let mode: number;
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return { kind: "fault", message: `"${file}" is not a file` };
    if (stats.size > secretFileBytesMax) return { kind: "fault", message: `"${file}" is too large to be a key` };
    mode = stats.mode;
    text = readFileSync(file, "latin1");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    return { kind: "fault", message: `"${file}" cannot be read: ${reason}` };
  }
  const outcome = decode(text, `"${file}"`);
  if (outcome.kind === "secret" && (mode & 0o044) !== 0) {
    return { ...outcome, warning: `"${file}" can be read by other users; take that right away with chmod 600` };
  }
  return outcome;
}

/** Reads base64 text from an environment variable. */
export function secretFromEnv(name: string, env: Readonly<Record<string, string | undefined>>): SecretOutcome {
  const text = env[name];
  if (text === undefined || text === "") return { kind: "fault", message: `the variable ${name} is not set` };
  return decode(text, `the variable ${name}`);
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
