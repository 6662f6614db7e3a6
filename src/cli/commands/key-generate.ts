/** `key generate`: a random TSIG key, and how to write it into the programs at both ends. */
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { messageOf, OperatorError } from "../../base/errors.ts";
import { didYouMean } from "../../config/suggest.ts";
import { type KeyAlgorithm, keyAlgorithms } from "../../config/types.ts";
import { NameError, nameToText } from "../../dns/name.ts";
import { keyName, tsigMacBytes } from "../../dns/tsig.ts";
import type { Invocation } from "../command.ts";
import type { Io } from "../io.ts";
import { json } from "../text.ts";

interface MadeKey {
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  /** Base64. */
  readonly secret: string;
}

export async function generateKey(invocation: Invocation, io: Io): Promise<number> {
  const algorithm = readAlgorithm(invocation.value("algorithm") ?? "");
  const name = readName(invocation.operand("NAME"));
  // RFC 8945 section 8: a secret "at least as long as the keyed message digest".
  const key = { name, algorithm, secret: randomBytes(tsigMacBytes[algorithm]).toString("base64") };
  const file = invocation.value("output");
  if (file !== undefined) writeSecret(file, key.secret, invocation.flag("force"));
  if (invocation.flag("json")) {
    io.stdout.write(json({ ...key, file: file ?? null }));
  } else if (file === undefined) {
    io.stdout.write(`${key.secret}\n`);
    io.stderr.write("Keep it in a file that only rpzmill can read; --output FILE does so, and shows how to use it\n");
  } else {
    io.stdout.write(snippets(key, fromConfig(file, invocation.config)));
  }
  return 0;
}

function readAlgorithm(given: string): KeyAlgorithm {
  const found = keyAlgorithms.find((algorithm) => algorithm === given.toLowerCase());
  if (found !== undefined) return found;
  throw new OperatorError(
    "USAGE",
    `Cannot make a key for "${given}": there is no such algorithm${didYouMean(given, keyAlgorithms)}`,
    `Use one of ${keyAlgorithms.join(", ")}`,
  );
}

function readName(given: string): string {
  try {
    const text = nameToText(keyName(given));
    // Quotes, blanks and backslashes would need another escape in each program that the key is written into.
    if (/^[a-z0-9_.-]+\.$/.test(text)) return text.slice(0, -1);
    throw new OperatorError(
      "USAGE",
      `Cannot name a key "${given}": it has other characters than a-z, 0-9, "_", "-" and "."`,
      nameRemedy,
    );
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    throw new OperatorError("USAGE", `Cannot name a key "${given}": ${error.fault}`, nameRemedy, { cause: error });
  }
}

const nameRemedy = "Choose a name such as isp-a or isp-a.example";

function writeSecret(file: string, secret: string, force: boolean): void {
  const target = force ? `${file}.partial` : file;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if (force) rmSync(target, { force: true });
    const handle = openSync(target, "wx", 0o600);
    try {
      writeSync(handle, `${secret}\n`);
    } finally {
      closeSync(handle);
    }
    if (force) renameSync(target, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST" && !force) {
      throw new OperatorError(
        "USAGE",
        `Cannot write "${file}": it is there already, and a key that is replaced no longer works at its other end`,
        "Name another file, or replace it with --force",
      );
    }
    throw new OperatorError(
      "USAGE",
      `Cannot write "${file}": ${messageOf(error)}`,
      "Name a file in a folder that you may write to",
      {
        cause: error,
      },
    );
  }
}

/** The path as the configuration names it, relative to itself where the file lies beside or beneath. */
function fromConfig(file: string, config: string): string {
  const path = relative(dirname(resolve(config)), resolve(file));
  return path.startsWith("..") || isAbsolute(path) ? resolve(file) : path;
}

function snippets({ name, algorithm, secret }: MadeKey, file: string): string {
  return `# rpzmill.yaml
keys:
  - {name: ${name}, algorithm: ${algorithm}, secretFile: ${JSON.stringify(file)}}
# and in the zone's file
transfer: [{key: ${name}}]

# BIND: named.conf, beside: zone "APEX" { type secondary; primaries { ADDRESS port PORT key ${name}; }; … };
key "${name}" { algorithm ${algorithm}; secret "${secret}"; };

-- PowerDNS Recursor: the file that lua-config-file names
rpzPrimary("ADDRESS:PORT", "APEX", {tsigname="${name}", tsigalgo="${algorithm}", tsigsecret="${secret}"})

# Knot DNS: knot.conf, beside: remote: [{id: rpzmill, address: ADDRESS@PORT, key: ${name}}]
key:
  - id: ${name}
    algorithm: ${algorithm}
    secret: ${secret}

# NSD: nsd.conf, beside: request-xfr: ADDRESS@PORT ${name}
key:
    name: "${name}"
    algorithm: ${algorithm}
    secret: "${secret}"
`;
}
