/** Transfers fetched by dig, as sorted record lines: a client that owes nothing to the code under test. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Endpoint } from "./dns-client.ts";
import { programPath } from "./programs.ts";

/** A TSIG key (RFC 8945); `secret` is base64. */
export interface TsigKey {
  readonly name: string;
  readonly algorithm: "hmac-sha1" | "hmac-sha224" | "hmac-sha256" | "hmac-sha384" | "hmac-sha512";
  readonly secret: string;
}

const run = promisify(execFile);

/**
 * The rules among the records of master-file text, sorted, in one form: `owner. ttl IN TYPE rdata`, single spaces, owner
 * in lower case. The apex's own records are left out: PowerDNS keeps none of them.
 */
export function ruleLines(apex: string, text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim().replace(/\s+/g, " "))
    .map((line) => line.replace(/^\S+/, (owner) => owner.toLowerCase()))
    .filter((line) => line.split(" ", 1)[0]?.endsWith(`.${apex}.`))
    .sort();
}

/** A zone by AXFR as master-file text, with one SOA; undefined where the server refuses the transfer. */
export async function transferText(server: Endpoint, apex: string, key?: TsigKey): Promise<string | undefined> {
  const sign = key === undefined ? [] : ["-y", `${key.algorithm}:${key.name}:${key.secret}`];
  const args = [`@${server.address}`, "-p", String(server.port), "+noall", "+answer", "+onesoa", "+time=5", "+tries=1"];
  const { stdout } = await run(programPath("dig"), ["-r", ...sign, ...args, apex, "AXFR"], { maxBuffer: 1 << 28 });
  return / IN\s+SOA\s/.test(stdout.replace(/\t/g, " ")) ? stdout : undefined;
}

/** The rules of a zone by AXFR, as `ruleLines`; undefined where the server refuses the transfer. */
export async function transferRules(server: Endpoint, apex: string, key?: TsigKey): Promise<string[] | undefined> {
  const text = await transferText(server, apex, key);
  return text === undefined ? undefined : ruleLines(apex, text);
}
