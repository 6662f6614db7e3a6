/** A version of a zone as master-file text that every consumer reads (LF, ASCII, `$ORIGIN` and `$TTL` only). */
import { equalBytes } from "../base/bytes.ts";
import { BlockReader } from "../dns/block.ts";
import { keyToText, nameFromText } from "../dns/name.ts";
import { rdataToText, typeToText } from "../dns/rdata-text.ts";
import { decodeRrs, type Rr, ttlOfRrs } from "../dns/rr.ts";
import type { Zones, ZoneVersionRow } from "../store/zones.ts";

/** What a file starts with: `$ORIGIN`, `$TTL`, and the apex with the serial, which tells versions apart. */
export function zoneHeader(apex: string, version: ZoneVersionRow): string {
  const ttl = ttlOfRrs(version.apexRrs);
  const lines = [`$ORIGIN ${apex}.`, `$TTL ${ttl}`, ...decodeRrs(version.apexRrs).map((rr) => `@${rrText(rr, ttl)}`)];
  return `${lines.join("\n")}\n`;
}

/** One RR without its owner: ` [TTL] TYPE RDATA`; the TTL only where it is not the file's own. */
function rrText({ type, ttl, rdata }: Rr, fileTtl: number): string {
  return `${ttl === fileTtl ? "" : ` ${ttl}`} ${typeToText(type)} ${rdataToText(type, rdata)}`;
}

const bufferBytes = 1024 * 1024;

/**
 * Writes a version as master-file text through `write`, which must take all octets before it returns. Nothing is locked
 * meanwhile, however long that takes.
 * @throws OperatorError NOT_FOUND where the version is pruned before its end, so that a part never passes for the whole
 */
export function writeZone(
  zones: Zones,
  apex: string,
  version: ZoneVersionRow,
  write: (bytes: Uint8Array) => void,
): void {
  const wire = nameFromText(apex);
  const reader = new BlockReader(wire);
  const text = new RuleText(ttlOfRrs(version.apexRrs));
  const out = Buffer.allocUnsafe(bufferBytes);
  let at = out.write(zoneHeader(apex, version), 0, "latin1");
  for (const { message } of zones.blockRows(version.zone, version.version)) {
    if (message === undefined) continue;
    reader.open(zones.messageOf(version, message));
    while (reader.next()) {
      // An owner's RRs are at most a block's worth of octets, each of which takes at most four characters.
      if (at > bufferBytes - 128 * 1024) {
        write(out.subarray(0, at));
        at = 0;
      }
      at = text.add(out, at, reader);
    }
  }
  zones.checkKept(version);
  write(out.subarray(0, at));
}

/** Puts rules as text into a buffer; the few different answers of a zone are rendered once each. */
class RuleText {
  readonly #ttl: number;
  readonly #known: { rrs: Uint8Array; lines: Buffer[] }[] = [];

  constructor(ttl: number) {
    this.#ttl = ttl;
  }

  add(out: Buffer, start: number, { key, keyBytes, rrs, rrsBytes }: BlockReader): number {
    let at = start;
    for (const line of this.#linesOf(rrs.subarray(0, rrsBytes))) {
      at = writeOwner(out, at, key, keyBytes);
      at += line.copy(out, at);
    }
    return at;
  }

  #linesOf(rrs: Uint8Array): readonly Buffer[] {
    for (const known of this.#known) if (equalBytes(known.rrs, rrs)) return known.lines;
    const own = rrs.slice();
    const lines = decodeRrs(own).map((rr) => Buffer.from(`${rrText(rr, this.#ttl)}\n`, "latin1"));
    if (this.#known.length < 32) this.#known.push({ rrs: own, lines });
    return lines;
  }
}

/** Writes an owner relative to the apex: its labels deepest first. */
function writeOwner(out: Buffer, start: number, key: Uint8Array, keyBytes: number): number {
  let at = start;
  for (let end = keyBytes - 1; end > 0; ) {
    let from = end;
    while (from > 0 && key[from - 1] !== 0) from--;
    for (let i = from; i < end; i++) {
      const octet = key[i] as number;
      // Letters, digits, `-`, `_` and `*` stand for themselves; a name with anything else takes the slow way.
      if (octet < 0x2a || (octet > 0x2d && octet < 0x30) || octet === 0x2b || octet === 0x2c || octet > 0x7a) {
        return start + out.write(keyToText(key.slice(0, keyBytes)), start, "latin1");
      }
      out[at++] = octet;
    }
    if (from > 0) out[at++] = 0x2e;
    end = from - 1;
  }
  return at;
}
