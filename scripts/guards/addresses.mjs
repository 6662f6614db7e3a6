/** Addresses as numbers: prefixes are read, ordered, and merged into the fewest that hold the same addresses. */
import { isIP } from "node:net";
import { fail } from "./fail.mjs";

/** Prefixes as texts → the fewest that hold the same addresses, by family and value. */
export function mergePrefixes(texts) {
  const spans = texts.map((text) => readPrefix(text.trim())).sort(byAddress);
  const merged = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last?.bits === span.bits && span.start <= last.end) last.end = span.end > last.end ? span.end : last.end;
    else merged.push({ ...span });
  }
  return merged.flatMap(splitSpan);
}

/** `192.0.2.0/24` → `{bits: 32, start, end}`, end excluded. */
export function readPrefix(text) {
  const [address, length] = text.split("/");
  const family = isIP(address);
  if (family === 0) fail(`Cannot read the prefix "${text}"`);
  const bits = family === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > bits) fail(`Cannot read the prefix "${text}"`);
  const size = 1n << BigInt(bits - prefix);
  const start = (addressValue(address, family) / size) * size;
  return { bits, start, end: start + size };
}

function addressValue(address, family) {
  if (family === 4) return address.split(".").reduce((value, octet) => value * 256n + BigInt(octet), 0n);
  const [head, tail] = address.split("::");
  const groups = (text) => (text ? text.split(":") : []);
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array(zeros).fill("0"), ...groups(tail)];
  return all.reduce((value, group) => value * 65536n + BigInt(`0x${group}`), 0n);
}

/** The fewest prefixes that make up a span. */
function splitSpan({ bits, start, end }) {
  const prefixes = [];
  for (let at = start; at < end; ) {
    let length = bits;
    for (;;) {
      const size = 1n << BigInt(bits - length + 1);
      if (length === 0 || at % size !== 0n || at + size > end) break;
      length -= 1;
    }
    prefixes.push(`${addressText(at, bits)}/${length}`);
    at += 1n << BigInt(bits - length);
  }
  return prefixes;
}

function addressText(value, bits) {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 65535n).toString(16));
  // The URL parser writes the text of RFC 5952.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** Orders prefixes by family and value. */
export function byAddress(a, b) {
  if (a.bits !== b.bits) return a.bits - b.bits;
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  if (a.end === b.end) return 0;
  return a.end < b.end ? -1 : 1;
}
