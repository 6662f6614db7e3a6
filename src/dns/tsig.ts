/**
 * TSIG, RFC 8945: keys, the RR, verifying requests and answers, signing a message. Who signs what when is a session's affair
 * (xfr/tsig-session.ts, transfer/tsig-client.ts). Not implemented: GSS-TSIG, hmac-md5 (RFC 8945 section 6 retires it), TKEY, sending truncated
 * MACs, forwarding (5.5).
 */
import { createHmac, createSecretKey, type Hmac, type KeyObject, timingSafeEqual } from "node:crypto";
import {
  copyBytes,
  lowerName,
  MessageError,
  nameId,
  type RecordPlace,
  readName,
  readUint16,
  readUint32,
  type Sections,
} from "./message.ts";
import { nameFromText } from "./name.ts";
import { classAny, headerBytes, typeTsig } from "./types.ts";

/** The algorithms offered (RFC 8945 section 6), with the octets of their MACs. */
export const tsigMacBytes = {
  "hmac-sha1": 20,
  "hmac-sha224": 28,
  "hmac-sha256": 32,
  "hmac-sha384": 48,
  "hmac-sha512": 64,
} as const;
export type TsigAlgorithm = keyof typeof tsigMacBytes;

export interface TsigKey {
  /** Text (`isp-a`, `isp-a.example.`) or an uncompressed wire name; letter case does not matter. */
  readonly name: string | Uint8Array;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
}

/** Seconds that two clocks may differ. RFC 8945 section 10: "the RECOMMENDED value" is 300. */
export const tsigFudgeSeconds = 300;

/** TSIG errors (RFC 8945 section 3). */
export const tsigError = { none: 0, badSig: 16, badKey: 17, badTime: 18 } as const;

/** A key made ready once: its names on the wire and its secret inside the crypto library. */
export interface PreparedKey {
  /** Lower case. */
  readonly name: Uint8Array;
  readonly algorithm: TsigAlgorithm;
  readonly algorithmName: Uint8Array;
  readonly secret: KeyObject;
}

/** Reads a key's or an ACL entry's name, text or wire, as lower-case wire. @throws NameError */
export function keyName(name: string | Uint8Array): Uint8Array {
  return lowerName(typeof name === "string" ? nameFromText(name) : name);
}

export class TsigKeyring {
  #keys: ReadonlyMap<string, PreparedKey>;

  /** @throws NameError where a key's name is none */
  constructor(keys: readonly TsigKey[]) {
    this.#keys = prepareKeys(keys);
  }

  /** From now on these keys and no others. @throws NameError where a key's name is none, with nothing changed */
  replace(keys: readonly TsigKey[]): void {
    this.#keys = prepareKeys(keys);
  }

  /** The key of a name in lower case. */
  find(name: Uint8Array): PreparedKey | undefined {
    return this.#keys.get(nameId(name));
  }
}

/** @throws NameError where its name is none */
export function prepareKey({ name, algorithm, secret }: TsigKey): PreparedKey {
  const algorithmName = nameFromText(algorithm);
  return { name: keyName(name), algorithm, algorithmName, secret: createSecretKey(secret) };
}

function prepareKeys(keys: readonly TsigKey[]): Map<string, PreparedKey> {
  return new Map(keys.map(prepareKey).map((key) => [nameId(key.name), key]));
}

/** The TSIG RR of a request. */
export interface TsigRecord {
  /** Offset of the RR, where the signed message ends. */
  readonly start: number;
  /** Lower case, as RFC 8945 4.3.3 wants it in the digest. */
  readonly name: Uint8Array;
  readonly algorithmName: Uint8Array;
  /** Seconds since the Unix epoch, 48 bits. */
  readonly timeSigned: number;
  readonly fudge: number;
  readonly mac: Uint8Array;
  readonly originalId: number;
  readonly error: number;
  readonly other: Uint8Array;
}

/** The TSIG of a request; undefined without one. @throws MessageError where RFC 8945 5.2 wants FORMERR */
export function readTsig(bytes: Uint8Array, sections: Sections): TsigRecord | undefined {
  const records = [...sections.answers, ...sections.authorities, ...sections.additionals];
  const found = records.filter((record) => record.type === typeTsig);
  const place = found[0];
  if (place === undefined) return undefined;
  // 5.2: "If multiple TSIG records are detected or a TSIG record is present in any other position" than the last of
  // the additional section, "a response with RCODE 1 (FORMERR) MUST be returned".
  if (found.length > 1 || place !== sections.additionals.at(-1)) throw new MessageError("a TSIG is misplaced");
  // 4.2: CLASS "MUST be ANY", TTL "MUST be 0".
  if (place.class !== classAny || place.ttl !== 0) throw new MessageError("a TSIG has a class or a TTL");
  return readTsigRdata(bytes.subarray(0, place.end), place);
}

/** The TSIG RR at a place. @throws MessageError where its lengths lie */
export function readTsigRdata(bytes: Uint8Array, place: RecordPlace): TsigRecord {
  const algorithm = readName(bytes, place.rdataStart);
  let at = algorithm.end;
  const timeSigned = readUint16(bytes, at) * 0x1_0000_0000 + readUint32(bytes, at + 2);
  const fudge = readUint16(bytes, at + 6);
  const macBytes = readUint16(bytes, at + 8);
  at += 10;
  const mac = copyBytes(bytes, at, at + macBytes);
  at += macBytes;
  const originalId = readUint16(bytes, at);
  const error = readUint16(bytes, at + 2);
  const otherBytes = readUint16(bytes, at + 4);
  const other = copyBytes(bytes, at + 6, at + 6 + otherBytes);
  if (at + 6 + otherBytes !== place.end) throw new MessageError("a TSIG has lengths that lie");
  return {
    start: place.start,
    name: lowerName(place.owner),
    algorithmName: lowerName(algorithm.wire),
    timeSigned,
    fudge,
    mac,
    originalId,
    error,
    other,
  };
}

/** What the signature of a request is worth. */
export type TsigVerdict =
  | { readonly kind: "good"; readonly key: PreparedKey }
  | { readonly kind: "bad-key" }
  | { readonly kind: "bad-signature" }
  | { readonly kind: "bad-time"; readonly key: PreparedKey }
  /** A MAC of a forbidden length (RFC 8945 5.2.2.1). */
  | { readonly kind: "malformed" };

/** Verifies a request in the order of RFC 8945 5.2: key, MAC, time. */
export function verifyTsig(bytes: Uint8Array, tsig: TsigRecord, keyring: TsigKeyring, nowSeconds: number): TsigVerdict {
  const key = keyring.find(tsig.name);
  if (key === undefined || nameId(key.algorithmName) !== nameId(tsig.algorithmName)) return { kind: "bad-key" };
  if (!hasPermittedMac(key, tsig)) return { kind: "malformed" };
  const hmac = createHmac(key.algorithm.slice(5), key.secret);
  updateBeforeTsig(hmac, bytes, tsig);
  hmac.update(tsigVariables(tsig));
  const expected = hmac.digest().subarray(0, tsig.mac.length);
  if (!timingSafeEqual(expected, tsig.mac)) return { kind: "bad-signature" };
  // 5.2.3: "If the server time is outside the time interval specified by the request (which is Time Signed +/- Fudge)".
  if (Math.abs(nowSeconds - tsig.timeSigned) > tsig.fudge) return { kind: "bad-time", key };
  return { kind: "good", key };
}

/**
 * 5.2.2.1: a MAC longer than the HMAC's output, or "less than the larger of 10 (octets) and half the length of the hash
 * function in use", is forbidden. What lies between is truncation that the standard permits.
 */
function hasPermittedMac(key: PreparedKey, { mac }: TsigRecord): boolean {
  const full = tsigMacBytes[key.algorithm];
  return mac.length <= full && mac.length >= Math.max(10, full / 2);
}

/** 4.3.2: the message as it was before the TSIG was added: original ID, one record less. */
function updateBeforeTsig(hmac: Hmac, bytes: Uint8Array, tsig: TsigRecord): void {
  const header = copyBytes(bytes, 0, headerBytes);
  header[0] = tsig.originalId >> 8;
  header[1] = tsig.originalId & 0xff;
  const additionals = readUint16(bytes, 10) - 1;
  header[10] = additionals >> 8;
  header[11] = additionals & 0xff;
  hmac.update(header);
  hmac.update(bytes.subarray(headerBytes, tsig.start));
}

/** 5.3, 5.3.1: the MAC of the request, or of the message before, as its length in two octets and itself. */
function updatePriorMac(hmac: Hmac, mac: Uint8Array): void {
  const prior = new Uint8Array(2 + mac.length);
  prior[1] = mac.length;
  prior.set(mac, 2);
  hmac.update(prior);
}

/** The digest over the messages of an answer from one signed message to the next (RFC 8945 5.3.1). */
export class AnswerDigest {
  readonly #key: PreparedKey;
  readonly #hmac: Hmac;
  readonly #continues: boolean;

  /** `priorMac` is that of the request, or where it `continues` of the last signed message. */
  constructor(key: PreparedKey, priorMac: Uint8Array, continues: boolean) {
    this.#key = key;
    this.#continues = continues;
    this.#hmac = createHmac(key.algorithm.slice(5), key.secret);
    updatePriorMac(this.#hmac, priorMac);
  }

  /** A message without TSIG, as it came. */
  addUnsigned(message: Uint8Array): void {
    this.#hmac.update(message);
  }

  /** Whether the MAC of the signed message that ends it is right. Of what was forbidden to be sent it is not. */
  verify(message: Uint8Array, tsig: TsigRecord): boolean {
    if (!hasPermittedMac(this.#key, tsig)) return false;
    updateBeforeTsig(this.#hmac, message, tsig);
    this.#hmac.update(this.#continues ? tsigTimers(tsig.timeSigned, tsig.fudge) : tsigVariables(tsig));
    return timingSafeEqual(this.#hmac.digest().subarray(0, tsig.mac.length), tsig.mac);
  }
}

type Variables = Pick<TsigRecord, "name" | "algorithmName" | "timeSigned" | "fudge" | "error" | "other">;

/** Writes a 48-bit number. */
function writeUint48(target: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  target[at] = high >> 8;
  target[at + 1] = high & 0xff;
  target[at + 2] = (value >>> 24) & 0xff;
  target[at + 3] = (value >>> 16) & 0xff;
  target[at + 4] = (value >>> 8) & 0xff;
  target[at + 5] = value & 0xff;
}

/** Our time as the Other Data of BADTIME (RFC 8945 5.2.3): 48 bits. */
export function timeAsOther(seconds: number): Uint8Array {
  const other = new Uint8Array(6);
  writeUint48(other, 0, seconds);
  return other;
}

/** The TSIG variables of RFC 8945 4.3.3 as they go into the digest. */
function tsigVariables(tsig: Variables): Uint8Array {
  const { name, algorithmName, other } = tsig;
  const bytes = new Uint8Array(name.length + algorithmName.length + 18 + other.length);
  bytes.set(name, 0);
  let at = name.length;
  bytes[at + 1] = classAny;
  at += 6;
  bytes.set(algorithmName, at);
  at += algorithmName.length;
  writeUint48(bytes, at, tsig.timeSigned);
  bytes[at + 6] = tsig.fudge >> 8;
  bytes[at + 7] = tsig.fudge & 0xff;
  bytes[at + 8] = tsig.error >> 8;
  bytes[at + 9] = tsig.error & 0xff;
  bytes[at + 10] = other.length >> 8;
  bytes[at + 11] = other.length & 0xff;
  bytes.set(other, at + 12);
  return bytes;
}

/** The timers of RFC 8945 5.3.1, which stand in for the variables after the first message of a stream. */
function tsigTimers(timeSigned: number, fudge: number): Uint8Array {
  const bytes = new Uint8Array(8);
  writeUint48(bytes, 0, timeSigned);
  bytes[6] = fudge >> 8;
  bytes[7] = fudge & 0xff;
  return bytes;
}

/** What signing one message takes. */
export interface Signing {
  readonly key: PreparedKey;
  /** MAC of the request, or of the message before in a stream; undefined of a request itself. */
  readonly priorMac: Uint8Array | undefined;
  readonly timeSigned: number;
  readonly error: number;
  readonly other: Uint8Array;
  /** Whether this is the second or a later message of a stream (5.3.1). */
  readonly continues: boolean;
}

/** The MAC of the message in `octets`, which has no TSIG yet. */
export function macOf(octets: Uint8Array, signing: Signing): Uint8Array {
  const { key, priorMac } = signing;
  const hmac = createHmac(key.algorithm.slice(5), key.secret);
  if (priorMac !== undefined) updatePriorMac(hmac, priorMac);
  hmac.update(octets);
  if (signing.continues) hmac.update(tsigTimers(signing.timeSigned, tsigFudgeSeconds));
  else hmac.update(tsigVariables({ ...signing, ...key, fudge: tsigFudgeSeconds }));
  return hmac.digest();
}

/** Octets that a TSIG RR takes. */
export function tsigBytes(nameBytes: number, algorithmBytes: number, macBytes: number, otherBytes: number): number {
  return nameBytes + 10 + algorithmBytes + 16 + macBytes + otherBytes;
}

/**
 * Writes the RR behind the message `target[start…end)` and counts it in ARCOUNT. `mac` is empty in an unsigned error.
 * @returns the offset behind it
 */
export function appendTsig(
  target: Uint8Array,
  start: number,
  end: number,
  tsig: Omit<Variables, "fudge"> & { readonly mac: Uint8Array },
): number {
  const { name, algorithmName, mac, other } = tsig;
  let at = end;
  target.set(name, at);
  at += name.length;
  target.fill(0, at, at + 10);
  target[at + 1] = typeTsig;
  target[at + 3] = classAny;
  const rdataBytes = algorithmName.length + 16 + mac.length + other.length;
  target[at + 8] = rdataBytes >> 8;
  target[at + 9] = rdataBytes & 0xff;
  at += 10;
  target.set(algorithmName, at);
  at += algorithmName.length;
  writeUint48(target, at, tsig.timeSigned);
  target[at + 6] = tsigFudgeSeconds >> 8;
  target[at + 7] = tsigFudgeSeconds & 0xff;
  target[at + 8] = 0;
  target[at + 9] = mac.length;
  target.set(mac, at + 10);
  at += 10 + mac.length;
  target[at] = target[start] as number;
  target[at + 1] = target[start + 1] as number;
  target[at + 2] = 0;
  target[at + 3] = tsig.error;
  target[at + 4] = 0;
  target[at + 5] = other.length;
  target.set(other, at + 6);
  const additionals = readUint16(target, start + 10) + 1;
  target[start + 10] = additionals >> 8;
  target[start + 11] = additionals & 0xff;
  return at + 6 + other.length;
}
