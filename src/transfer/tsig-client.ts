/**
 * The client's half of TSIG (RFC 8945 5.3, 5.3.1): signs a request, and verifies the messages of its answer in order. A
 * message is verified before anything in it is believed but for those that the standard lets be unsigned, which the
 * next signed one vouches for.
 */
import { type Clock, nowSeconds } from "../base/clock.ts";
import { nameId, readUint16, readUint32 } from "../dns/message.ts";
import { nameToText } from "../dns/name.ts";
import {
  AnswerDigest,
  appendTsig,
  macOf,
  type PreparedKey,
  type TsigRecord,
  tsigBytes,
  tsigError,
  tsigMacBytes,
} from "../dns/tsig.ts";
import { broken, TransferFault } from "./fault.ts";

/** 5.3.1: "The client MUST accept up to 99 intermediary messages without a TSIG and MUST verify both the first and last". */
const unsignedMax = 99;

const none = new Uint8Array(0);

export interface SignedRequest {
  readonly message: Uint8Array;
  /** Verifies an answer to it. */
  verifier(): AnswerVerifier;
}

/** Signs a request that has no TSIG yet. */
export function signRequest(request: Uint8Array, key: PreparedKey, clock: Clock): SignedRequest {
  const { name, algorithmName, algorithm } = key;
  const bytes = tsigBytes(name.length, algorithmName.length, tsigMacBytes[algorithm], 0);
  const message = new Uint8Array(request.length + bytes);
  message.set(request);
  const timeSigned = nowSeconds(clock);
  const signing = { key, priorMac: undefined, timeSigned, error: tsigError.none, other: none, continues: false };
  const mac = macOf(request, signing);
  appendTsig(message, 0, request.length, { ...signing, name, algorithmName, mac });
  return { message, verifier: () => new AnswerVerifier(key, mac, clock) };
}

export class AnswerVerifier {
  readonly #key: PreparedKey;
  readonly #clock: Clock;
  #digest: AnswerDigest;
  #isFirst = true;
  #unsigned = 0;

  constructor(key: PreparedKey, requestMac: Uint8Array, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
    this.#digest = new AnswerDigest(key, requestMac, false);
  }

  /** Takes the next message, with its TSIG where it has one. @throws TransferFault */
  take(message: Uint8Array, tsig: TsigRecord | undefined): void {
    if (tsig === undefined) {
      // 5.3.1: the first message is always signed.
      if (this.#isFirst) throw unsigned("its primary answers without a signature, though the request was signed");
      if (++this.#unsigned > unsignedMax) {
        throw unsigned(`its primary left more than ${unsignedMax} messages in a row unsigned`);
      }
      this.#digest.addUnsigned(message);
      return;
    }
    this.#verify(message, tsig);
    this.#digest = new AnswerDigest(this.#key, tsig.mac, true);
    this.#isFirst = false;
    this.#unsigned = 0;
  }

  /** To be called behind the last message. @throws TransferFault where it was not signed */
  end(): void {
    if (this.#isFirst || this.#unsigned > 0) throw unsigned("its primary did not sign the last message");
  }

  #verify(message: Uint8Array, tsig: TsigRecord): void {
    const key = this.#key;
    const keyText = nameToText(key.name).slice(0, -1);
    if (tsig.error === tsigError.badKey) {
      throw rejected(
        `its primary knows no key "${keyText}" of ${key.algorithm}`,
        "Give both sides the same key name and algorithm",
      );
    }
    if (tsig.error === tsigError.badSig) {
      throw rejected(
        `its primary finds our signature with the key "${keyText}" to be wrong`,
        "Give both sides the same secret, in the same encoding",
      );
    }
    if (nameId(key.name) !== nameId(tsig.name) || nameId(key.algorithmName) !== nameId(tsig.algorithmName)) {
      throw rejected(`its primary signed with another key than "${keyText}"`, "Give both sides the same key");
    }
    if (!this.#digest.verify(message, tsig)) {
      throw rejected(
        `the signature of its primary with the key "${keyText}" is wrong`,
        "Give both sides the same secret; if they have it, somebody on the way changes what is sent",
      );
    }
    const now = nowSeconds(this.#clock);
    if (tsig.error === tsigError.badTime) throw clocksDiffer(timeOf(tsig.other) ?? tsig.timeSigned, now);
    if (tsig.error !== tsigError.none) throw broken(`its primary signed with the TSIG error ${tsig.error}`);
    if (Math.abs(now - tsig.timeSigned) > tsig.fudge) throw clocksDiffer(tsig.timeSigned, now);
  }
}

/** The time in the Other Data of BADTIME (5.2.3). */
function timeOf(other: Uint8Array): number | undefined {
  return other.length === 6 ? readUint16(other, 0) * 0x1_0000_0000 + readUint32(other, 2) : undefined;
}

function clocksDiffer(theirs: number, ours: number): TransferFault {
  return rejected(
    `the clocks of its primary and of this machine differ by ${Math.abs(theirs - ours)} seconds`,
    "Set both by NTP",
  );
}

function rejected(why: string, remedy: string): TransferFault {
  return new TransferFault(why, remedy);
}

function unsigned(why: string): TransferFault {
  return new TransferFault(why, "Let the primary sign its transfers with the key, or take the key out of the source");
}
