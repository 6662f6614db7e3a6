import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { type TsigAlgorithm, type TsigKey, tsigMacBytes } from "../../src/dns/tsig.ts";
import { havePrograms } from "../interop/harness/programs.ts";
import { answersOf, askUdpRaw, type Decoded, decode, qtype, query, TcpClient } from "./client.ts";
import { MemoryZone, manyRules, nxdomain, sourceOf, txt } from "./memory-zone.ts";
import { FixedClock, serve } from "./serve.ts";
import { expectedMac, type Signed, sign, takeTsig } from "./tsig-client.ts";

const apex = "rpz.example";
const now = 1_700_000_000;
const secret = Buffer.from("a secret of some thirty-two octets");
const algorithms = Object.keys(tsigMacBytes) as TsigAlgorithm[];
const keys: TsigKey[] = algorithms.map((algorithm) => ({ name: `Key-${algorithm}`, algorithm, secret }));
const signedBy = (algorithm: TsigAlgorithm, options: Partial<Signed> = {}): Signed => ({
  name: `key-${algorithm}`,
  algorithm,
  secret,
  time: now,
  ...options,
});

const acl = algorithms.map((algorithm) => ({ key: `key-${algorithm}` }));
const zoneOf = (rules = manyRules(3000)): MemoryZone => new MemoryZone(apex, acl).publish(5, rules);
const clock = (): FixedClock => new FixedClock(now * 1000);

describe("TSIG on answers (RFC 8945 5.3)", () => {
  test.each(algorithms)(
    "5.3.1: every message of a transfer is signed, chained to the one before, with %s",
    async (algorithm) => {
      const { port } = await serve(sourceOf(zoneOf()), { keys, clock: clock() });
      const signed = signedBy(algorithm);
      const client = new TcpClient(port);
      const request = sign(query({ name: "RPZ.example", type: qtype.AXFR, edns: 1232 }), signed);
      const messages = await client.send(request.message).transfer();
      expect(messages.length).toBeGreaterThan(3);
      let prior = request.mac;
      for (const [i, { raw, packet }] of messages.entries()) {
        const tsig = takeTsig(raw, signed);
        expect(tsig).toMatchObject({ time: now, fudge: 300, error: 0, originalId: 0x1234 });
        expect(tsig.mac).toEqual(expectedMac(tsig, prior, signed, i === 0));
        expect(packet.additionals?.map(({ type }) => type)).toEqual(["OPT", "TSIG"]);
        prior = tsig.mac;
      }
      expect(answersOf(messages)).toHaveLength(3003);
      client.close();
    },
  );

  test("two signed queries on one connection have chains of their own", async () => {
    const { port } = await serve(sourceOf(zoneOf()), { keys, clock: clock() });
    const signed = signedBy("hmac-sha256");
    const client = new TcpClient(port);
    for (const id of [1, 2]) {
      const request = sign(query({ name: apex, type: qtype.SOA, id }), signed);
      const { raw, answers } = await client.send(request.message).next();
      const tsig = takeTsig(raw, signed);
      expect(tsig.mac).toEqual(expectedMac(tsig, request.mac, signed, true));
      expect(answers).toEqual(["rpz.example SOA 5"]);
    }
    client.close();
  });

  test("IXFR and UDP answers are signed, and stay within the client's size with their TSIG", async () => {
    const zone = new MemoryZone(apex, acl).publish(1, manyRules(3000)).publish(2, { ...manyRules(3000), ...extra(8) });
    const { port } = await serve(sourceOf(zone), { keys, clock: clock() });
    const signed = signedBy("hmac-sha512");
    const ask = async (message: Buffer): Promise<Decoded> => {
      const request = sign(message, signed);
      const answer = decode(await askUdpRaw(request.message, port));
      const tsig = takeTsig(answer.raw, signed);
      expect(tsig.mac).toEqual(expectedMac(tsig, request.mac, signed, true));
      return answer;
    };
    const wide = await ask(query({ name: apex, type: qtype.IXFR, serial: 1, edns: 1232 }));
    expect(wide.answers).toHaveLength(12);
    const narrow = await ask(query({ name: apex, type: qtype.IXFR, serial: 1 }));
    expect(narrow.answers).toEqual(["rpz.example SOA 2"]);
    expect(narrow.raw.length).toBeLessThanOrEqual(512);
  });

  test("a plain UDP answer that does not fit with its TSIG has TC set and is signed", async () => {
    const { port } = await serve(sourceOf(zoneOf({ "big.example": [txt("x".repeat(400))] })), { keys, clock: clock() });
    const signed = signedBy("hmac-sha256");
    const request = sign(query({ name: `big.example.${apex}`, type: qtype.TXT }), signed);
    const answer = decode(await askUdpRaw(request.message, port));
    expect([answer.flags.tc, answer.answers]).toEqual([true, []]);
    const tsig = takeTsig(answer.raw, signed);
    expect(tsig.mac).toEqual(expectedMac(tsig, request.mac, signed, true));
  });
});

const extra = (count: number): ReturnType<typeof manyRules> => manyRules(count, "extra");

describe("requests that do not verify (RFC 8945 5.2)", () => {
  async function refusal(
    signed: Signed,
    options: { keys?: TsigKey[] } = {},
  ): Promise<{ answer: Decoded; mac: Buffer }> {
    const { port } = await serve(sourceOf(zoneOf()), { keys: options.keys ?? keys, clock: clock() });
    const request = sign(query({ name: apex, type: qtype.AXFR }), signed);
    const client = new TcpClient(port);
    const answer = await client.send(request.message).next();
    client.close();
    return { answer, mac: request.mac };
  }

  test.each([
    ["5.2.1: an unknown key", "BADKEY", 17, signedBy("hmac-sha256", { name: "nobody" })],
    ["5.2.1: a key of another algorithm", "BADKEY", 17, signedBy("hmac-sha256", { name: "key-hmac-sha512" })],
    [
      "5.2.1: an algorithm that is not offered",
      "BADKEY",
      17,
      signedBy("hmac-sha256", { algorithm: "hmac-md5", name: "k" }),
    ],
    ["5.2.2: a wrong secret", "BADSIG", 16, signedBy("hmac-sha256", { secret: Buffer.from("another") })],
  ])("%s is an unsigned NOTAUTH with %s", async (_what, _error, code, signed) => {
    const { answer } = await refusal(signed);
    expect([answer.rcode, answer.answers, answer.flags.aa]).toEqual([9, [], false]);
    expect(takeTsig(answer.raw, signed)).toMatchObject({ error: code, mac: Buffer.alloc(0), other: Buffer.alloc(0) });
  });

  test("5.2.3: a wrong time is a NOTAUTH with BADTIME, signed, with the request's time and our own as other data", async () => {
    const signed = signedBy("hmac-sha256", { time: now - 1000 });
    const { answer, mac } = await refusal(signed);
    expect(answer.rcode).toBe(9);
    const tsig = takeTsig(answer.raw, signed);
    expect(tsig).toMatchObject({ error: 18, time: now - 1000, fudge: 300 });
    expect(tsig.other.readUIntBE(0, 6)).toBe(now);
    expect(tsig.mac).toEqual(expectedMac(tsig, mac, signed, true));
  });

  test("5.2.2.1: a MAC below half its length is FORMERR, without a TSIG", async () => {
    const { answer } = await refusal(signedBy("hmac-sha256", { macBytes: 15 }));
    expect([answer.rcode, answer.counts[3]]).toEqual([1, 0]);
  });

  test("5.2: a doubled TSIG is FORMERR", async () => {
    const { port } = await serve(sourceOf(zoneOf()), { keys, clock: clock() });
    const twice = sign(
      sign(query({ name: apex, type: qtype.SOA }), signedBy("hmac-sha256")).message,
      signedBy("hmac-sha256"),
    );
    expect(decode(await askUdpRaw(twice.message, port)).rcode).toBe(1);
  });

  test("a good signature of a key that the zone does not allow is REFUSED, and signed", async () => {
    const zone = zoneOf();
    zone.acl = [{ key: "key-hmac-sha512" }, { address: "192.0.2.1", key: "key-hmac-sha256" }];
    const { port } = await serve(sourceOf(zone), { keys, clock: clock() });
    const signed = signedBy("hmac-sha256");
    const request = sign(query({ name: apex, type: qtype.AXFR }), signed);
    const client = new TcpClient(port);
    const answer = await client.send(request.message).next();
    client.close();
    expect(answer.rcode).toBe(5);
    const tsig = takeTsig(answer.raw, signed);
    expect(tsig.mac).toEqual(expectedMac(tsig, request.mac, signed, true));
  });

  test("unsigned queries of a zone that wants a key are REFUSED", async () => {
    const { port } = await serve(sourceOf(zoneOf()), { keys, clock: clock() });
    expect(decode(await askUdpRaw(query({ name: apex, type: qtype.SOA }), port)).rcode).toBe(5);
  });
});

const run = promisify(execFile);

/** What a client's programs say when a signature does not verify. */
const complaint = /verif|failed|BADSIG|BADKEY|BADTIME|;; (ERROR|WARNING)/;
const complaints = (output: string): string[] => output.split("\n").filter((text) => complaint.test(text));

describe.each(["dig", "kdig"] as const)("%s as a client", (program) => {
  const skip = !havePrograms(program);
  const count = 3000;
  const transfer = async (port: number, type: string, algorithm: string, key: Uint8Array): Promise<string> => {
    const credentials = `${algorithm}:key-${algorithm}:${Buffer.from(key).toString("base64")}`;
    const args = ["@127.0.0.1", "-p", String(port), "+tcp", "-y", credentials, apex, type];
    // A failed transfer is a failed program, whose output counts all the same.
    const { stdout, stderr } = await run(program, args, { maxBuffer: 1 << 26 }).catch(
      (failed: { stdout: string; stderr: string }) => failed,
    );
    return stdout + stderr;
  };
  const rules = (output: string): number => output.split("\n").filter((text) => /\sCNAME\s+\.$/.test(text)).length;

  test.skipIf(skip).each(algorithms)("transfers with %s and verifies every message", async (algorithm) => {
    const { port } = await serve(sourceOf(zoneOf(manyRules(count))), { keys, clock: systemClock });
    const output = await transfer(port, "AXFR", algorithm, secret);
    expect(complaints(output)).toEqual([]);
    expect(rules(output)).toBe(count);
  });

  test.skipIf(skip)("transfers differences with TSIG", async () => {
    const zone = zoneOf(manyRules(count)).publish(6, { ...manyRules(count), "added.example": [nxdomain] });
    const { port } = await serve(sourceOf(zone), { keys, clock: systemClock });
    const output = await transfer(port, "IXFR=5", "hmac-sha256", secret);
    expect(complaints(output)).toEqual([]);
    expect(rules(output)).toBe(1);
  });

  test.skipIf(skip)("complains of BADSIG with a wrong secret", async () => {
    const { port } = await serve(sourceOf(zoneOf()), { keys, clock: systemClock });
    const output = await transfer(port, "AXFR", "hmac-sha256", Buffer.from("another"));
    expect(complaints(output)).not.toEqual([]);
    expect(rules(output)).toBe(0);
  });

  test.skipIf(skip)("complains of BADTIME when the clocks differ", async () => {
    const { port } = await serve(sourceOf(zoneOf()), { keys, clock: clock() });
    const output = await transfer(port, "AXFR", "hmac-sha256", secret);
    expect(complaints(output)).not.toEqual([]);
    expect(rules(output)).toBe(0);
  });
});
