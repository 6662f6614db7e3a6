/**
 * TSIG over one request and all messages of its answer (RFC 8945 5.3, 5.3.1). Every message is signed: 5.3.1 would let
 * us leave out up to 99 in a row, but BIND rejects any that is not.
 */
import type { Clock } from "../base/clock.ts";
import { nowSeconds } from "../base/clock.ts";
import {
  appendTsig,
  macOf,
  type PreparedKey,
  type TsigKeyring,
  type TsigRecord,
  timeAsOther,
  tsigBytes,
  tsigError,
  tsigMacBytes,
  verifyTsig,
} from "../dns/tsig.ts";

const none = new Uint8Array(0);

/** Puts the TSIG on the messages of one answer, in order. */
export interface Signer {
  /** Octets it adds to a message. */
  readonly bytes: number;
  /** Signs the message `target[start…end)`, finished but for this; returns its new end. */
  sign(target: Uint8Array, start: number, end: number): number;
}

/** What became of a request's signature. */
export type TsigOutcome =
  | { readonly kind: "unsigned" }
  | { readonly kind: "verified"; readonly key: PreparedKey; readonly signer: Signer }
  /** NOTAUTH with the error in the TSIG (RFC 8945 5.2.1 to 5.2.3). */
  | { readonly kind: "rejected"; readonly why: "BADKEY" | "BADSIG" | "BADTIME"; readonly signer: Signer }
  | { readonly kind: "malformed" };

/** Verifies a request and readies the signer of its answer. */
export function openTsigSession(
  bytes: Uint8Array,
  tsig: TsigRecord | undefined,
  keyring: TsigKeyring,
  clock: Clock,
): TsigOutcome {
  if (tsig === undefined) return { kind: "unsigned" };
  const verdict = verifyTsig(bytes, tsig, keyring, nowSeconds(clock));
  switch (verdict.kind) {
    case "good":
      return { kind: "verified", key: verdict.key, signer: signAnswer(tsig, verdict.key, clock) };
    case "bad-key":
      return { kind: "rejected", why: "BADKEY", signer: leaveUnsigned(tsig, tsigError.badKey) };
    case "bad-signature":
      return { kind: "rejected", why: "BADSIG", signer: leaveUnsigned(tsig, tsigError.badSig) };
    case "bad-time":
      return { kind: "rejected", why: "BADTIME", signer: signBadTime(tsig, verdict.key, clock) };
    case "malformed":
      return { kind: "malformed" };
  }
}

/** 5.3.1: the request's MAC goes into the first digest, then each message's into the next, with the timers only. */
function signAnswer(request: TsigRecord, key: PreparedKey, clock: Clock): Signer {
  let priorMac = request.mac;
  let continues = false;
  return {
    bytes: tsigBytes(key.name.length, key.algorithmName.length, tsigMacBytes[key.algorithm], 0),
    sign(target, start, end) {
      const timeSigned = nowSeconds(clock);
      const signing = { key, priorMac, timeSigned, error: tsigError.none, other: none, continues };
      const mac = macOf(target.subarray(start, end), signing);
      priorMac = mac;
      continues = true;
      const { name, algorithmName } = key;
      return appendTsig(target, start, end, { ...signing, name, algorithmName, mac });
    },
  };
}

/** 5.3.2: with BADKEY or BADSIG "the server MUST NOT generate a signed error message": the MAC is empty. */
function leaveUnsigned(request: TsigRecord, error: number): Signer {
  const { name, algorithmName, timeSigned } = request;
  return {
    bytes: tsigBytes(name.length, algorithmName.length, 0, 0),
    sign: (target, start, end) =>
      appendTsig(target, start, end, { name, algorithmName, timeSigned, error, other: none, mac: none }),
  };
}

/** 5.2.3: BADTIME is signed, with the request's Time Signed and our own time as Other Data. */
function signBadTime(request: TsigRecord, key: PreparedKey, clock: Clock): Signer {
  const { name, algorithmName } = key;
  return {
    bytes: tsigBytes(name.length, algorithmName.length, tsigMacBytes[key.algorithm], 6),
    sign(target, start, end) {
      const signing = {
        key,
        priorMac: request.mac,
        timeSigned: request.timeSigned,
        error: tsigError.badTime,
        other: timeAsOther(nowSeconds(clock)),
        continues: false,
      };
      const mac = macOf(target.subarray(start, end), signing);
      return appendTsig(target, start, end, { ...signing, name, algorithmName, mac });
    },
  };
}
