/** TSIG from the client's side, written apart from the server's: signs requests and checks every message of an answer. */
import { createHmac } from "node:crypto";
import { nameFromText } from "../../src/dns/name.ts";

export interface Signed {
  readonly name: string;
  readonly algorithm: string;
  readonly secret: Uint8Array;
  /** Seconds since the Unix epoch. */
  readonly time: number;
  readonly fudge?: number;
  /** Cuts the MAC to this, or fills it up. */
  readonly macBytes?: number;
  /** The name that goes into the digest, where it is not the one that is sent. */
  readonly digestName?: string;
}

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const uint48 = (value: number): Buffer => {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
};
const hash = (algorithm: string): string => algorithm.replace("hmac-", "");

export function tsigRecord(signed: Signed, mac: Buffer, id: number): Buffer {
  const rdata = Buffer.concat([
    nameFromText(signed.algorithm),
    uint48(signed.time),
    uint16(signed.fudge ?? 300),
    uint16(mac.length),
    mac,
    uint16(id),
    uint16(0),
    uint16(0),
  ]);
  const head = Buffer.from("00fa00ff00000000", "hex");
  return Buffer.concat([nameFromText(signed.name), head, uint16(rdata.length), rdata]);
}

/** Signs a request that has no TSIG yet. */
export function sign(message: Uint8Array, signed: Signed): { message: Buffer; mac: Buffer } {
  const variables = Buffer.concat([
    nameFromText(signed.digestName ?? signed.name),
    Buffer.from("00ff00000000", "hex"),
    nameFromText(signed.algorithm),
    uint48(signed.time),
    uint16(signed.fudge ?? 300),
    uint16(0),
    uint16(0),
  ]);
  const full = createHmac(hash(signed.algorithm), signed.secret).update(message).update(variables).digest();
  const mac = Buffer.alloc(signed.macBytes ?? full.length);
  full.copy(mac);
  const whole = Buffer.concat([message, tsigRecord(signed, mac, Buffer.from(message).readUInt16BE(0))]);
  whole.writeUInt16BE(whole.readUInt16BE(10) + 1, 10);
  return { message: whole, mac };
}

export interface AnswerTsig {
  /** The message as it was before it was signed. */
  readonly unsigned: Buffer;
  /** The octets of the RR behind its owner and algorithm, from the time on. */
  readonly time: number;
  readonly fudge: number;
  readonly mac: Buffer;
  readonly originalId: number;
  readonly error: number;
  readonly other: Buffer;
}

/** Takes the TSIG off an answer whose key and algorithm are known. Throws where it is not the last record. */
export function takeTsig(raw: Buffer, { name, algorithm }: Pick<Signed, "name" | "algorithm">): AnswerTsig {
  const owner = Buffer.concat([nameFromText(name), Buffer.from("00fa00ff00000000", "hex")]);
  const start = raw.lastIndexOf(owner);
  if (start < 0) throw new Error("No TSIG in the answer");
  let at = start + owner.length;
  if (at + 2 + raw.readUInt16BE(at) !== raw.length) throw new Error("The TSIG is not last");
  at += 2;
  const algorithmName = Buffer.from(nameFromText(algorithm));
  if (!raw.subarray(at, at + algorithmName.length).equals(algorithmName)) throw new Error("Another algorithm");
  at += algorithmName.length;
  const time = raw.readUIntBE(at, 6);
  const fudge = raw.readUInt16BE(at + 6);
  const macBytes = raw.readUInt16BE(at + 8);
  const mac = Buffer.from(raw.subarray(at + 10, at + 10 + macBytes));
  at += 10 + macBytes;
  const otherBytes = raw.readUInt16BE(at + 4);
  const unsigned = Buffer.from(raw.subarray(0, start));
  unsigned.writeUInt16BE(raw.readUInt16BE(10) - 1, 10);
  return {
    unsigned,
    time,
    fudge,
    mac,
    originalId: raw.readUInt16BE(at),
    error: raw.readUInt16BE(at + 2),
    other: Buffer.from(raw.subarray(at + 6, at + 6 + otherBytes)),
  };
}

/** The MAC that the answer should have: RFC 8945 5.3 for the first message, 5.3.1 for the ones after it. */
export function expectedMac(tsig: AnswerTsig, prior: Buffer, signed: Signed, isFirst: boolean): Buffer {
  const hmac = createHmac(hash(signed.algorithm), signed.secret);
  hmac.update(uint16(prior.length)).update(prior).update(tsig.unsigned);
  if (isFirst) {
    hmac.update(nameFromText(signed.name)).update(Buffer.from("00ff00000000", "hex"));
    hmac.update(nameFromText(signed.algorithm));
  }
  hmac.update(uint48(tsig.time)).update(uint16(tsig.fudge));
  if (isFirst) hmac.update(uint16(tsig.error)).update(uint16(tsig.other.length)).update(tsig.other);
  return hmac.digest();
}
