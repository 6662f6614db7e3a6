/** The small words of the configuration: names, addresses, prefixes and paths, each checked and put into one shape. */
import { isIPv4, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { shownUrl } from "../base/shown-url.ts";
import { nameToAscii } from "../dns/idna.ts";
import { keyOfText, keyToText, NameError, nameFromText } from "../dns/name.ts";
import { papOf, paps, tlpOf, tlps } from "../indicator/facts/facts.ts";
import { type LocalDataMeaning, targetMeanings } from "../indicator/role.ts";
import { isTimeZone } from "../indicator/wall-clock.ts";
import type { ListenConfig } from "./types.ts";

/**
 * An apex beyond this leaves no room for the names it should block: the longest names in real lists have about 50
 * octets, and name and apex share 255 (RFC 1035 2.3.4).
 */
export const apexBytesMax = 200;
/** Of the 255 octets of a rewritten name, half stay for the name that was asked for. */
const wildcardTargetBytesMax = 128;
const idPattern = /^[a-z0-9][a-z0-9_.-]{0,63}$/;
const slugPattern = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const hostLabelPattern = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;

/** A string that `read` turns into a checked value; what `read` throws is the fault. */
export function word<T>(read: (text: string) => T) {
  return z.string().transform((text, context): T => {
    try {
      return read(text);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      context.issues.push({ code: "custom", message: error.message, input: text });
      return z.NEVER;
    }
  });
}

export class FieldError extends Error {}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** A domain name in lower case without its final dot. @throws FieldError */
function readName(text: string): string {
  let key: Uint8Array;
  try {
    key = keyOfText(text);
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    const ascii = error.fault === "not-ascii" ? nameToAscii(text) : undefined;
    const meant = ascii === undefined ? "" : ` (write "${ascii}")`;
    throw new FieldError(`${quote(text)} is not a domain name: ${error.fault}${meant}`);
  }
  if (key.length === 0) throw new FieldError("the root is not a name that can stand here");
  return keyToText(key);
}

/** A name whose labels are made of letters, digits, hyphens and underscores. @throws FieldError */
function readHost(text: string): string {
  const name = readName(text);
  for (const label of name.split(".")) {
    if (!hostLabelPattern.test(label)) {
      throw new FieldError(
        `${quote(text)} is not a host name: the label ${quote(label)} has other than letters, digits, "-" and "_" inside`,
      );
    }
  }
  return name;
}

export const keyName = word(readName);

export const hostName = word(readHost);

/** The name of a policy zone; it names a file as well, so only the characters of host names may stand in it. */
export const apex = word((text) => {
  const name = readHost(text);
  const bytes = nameFromText(name).length;
  if (bytes > apexBytesMax) {
    throw new FieldError(
      `${quote(text)} is too long for an apex: ${bytes} octets of at most ${apexBytesMax}, since every blocked name stands before it in 255`,
    );
  }
  return name;
});

/** The SOA's mailbox as a name (RFC 1035 section 8). */
export const mailbox = word((text) => {
  const at = text.indexOf("@");
  if (at >= 0) {
    const meant = `${text.slice(0, at).replaceAll(".", "\\.")}.${text.slice(at + 1)}`;
    throw new FieldError(`${quote(text)} is a mail address; the SOA wants it as a name (write "${meant}")`);
  }
  return readName(text);
});

/** The target of a rewrite: a name, or `*.` and a name. */
export const cnameTarget = word((text) => {
  if (text === "." || text === "*." || text === "*") {
    throw new FieldError(
      `${quote(text)} is how a zone writes ${text === "." ? "nxdomain" : "nodata"}; name that action instead`,
    );
  }
  const wildcard = text.startsWith("*.");
  const target = readHost(wildcard ? text.slice(2) : text);
  const last = target.slice(target.lastIndexOf(".") + 1);
  if (last.startsWith("rpz-")) {
    throw new FieldError(
      `${quote(text)} is how a zone writes an action of its own; name the action (nxdomain, nodata, passthru, drop, tcp-only)`,
    );
  }
  const bytes = nameFromText(target).length;
  if (wildcard && bytes > wildcardTargetBytesMax) {
    throw new FieldError(
      `${quote(text)} has ${bytes} octets; at most ${wildcardTargetBytesMax} leave room for the name put before it`,
    );
  }
  return wildcard ? `*.${target}` : target;
});

export const ipv4 = word((text) => {
  if (!isIPv4(text)) throw new FieldError(`${quote(text)} is not an IPv4 address`);
  return text;
});

export const ipv6 = word((text) => {
  if (!isIPv6(text) || text.includes("%")) throw new FieldError(`${quote(text)} is not an IPv6 address`);
  return ipaddr.IPv6.parse(text).toString();
});

/** The IPv4 address that an IPv6 one stands for, as in `::ffff:192.0.2.1`; undefined for any other. */
function mappedIpv4(address: string): string | undefined {
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : undefined;
}

/** An address prefix; a bare address is the prefix of its full length. */
export const prefix = word((text) => {
  const [address = "", length, ...more] = text.split("/");
  const bitsMax = isIPv4(address) ? 32 : isIPv6(address) && !address.includes("%") ? 128 : 0;
  const bits = length === undefined ? bitsMax : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (bitsMax === 0 || more.length > 0 || bits < 0 || bits > bitsMax) {
    throw new FieldError(`${quote(text)} is not an address prefix such as 192.0.2.0/24 or 2001:db8::/32`);
  }
  const v4 = bitsMax === 128 && bits >= 96 ? mappedIpv4(address) : undefined;
  if (v4 !== undefined) {
    const meant = ipaddr.IPv4.networkAddressFromCIDR(`${v4}/${bits - 96}`);
    throw new FieldError(
      `${quote(text)} is an IPv4 address in IPv6 form, which matches no client (write "${meant.toString()}/${bits - 96}")`,
    );
  }
  const network =
    bitsMax === 32
      ? ipaddr.IPv4.networkAddressFromCIDR(`${address}/${bits}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${address}/${bits}`);
  const shortest = `${network.toString()}/${bits}`;
  if (ipaddr.parse(address).toString() !== network.toString()) {
    throw new FieldError(`${quote(text)} has bits set beyond its prefix length (write "${shortest}")`);
  }
  return shortest;
});

/** `192.0.2.1:5354` or `[2001:db8::1]:5354`. */
export const listen = word((text): ListenConfig => {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3] ?? -1);
  const valid = match?.[1] === undefined ? isIPv4(address) : isIPv6(address);
  if (!valid || port < 0 || port > 65_535) {
    throw new FieldError(`${quote(text)} is not an address and port such as 127.0.0.1:5354 or [::1]:5354`);
  }
  const v4 = address.includes(":") && !address.includes("%") ? mappedIpv4(address) : undefined;
  if (v4 !== undefined) {
    throw new FieldError(`${quote(text)} is an IPv4 address in IPv6 form (write "${v4}:${port}")`);
  }
  return { address, port };
});

/** A path as it stands in the file; whoever loads it makes it absolute. */
export const path = word((text) => {
  if (text === "") throw new FieldError("is empty; it should be a path");
  if (text.includes("\0")) throw new FieldError("has a NUL inside, which no path may have");
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    throw new FieldError(
      `"${shownUrl(text)}" is an address on the network; it should be the path of a file, or stand as url`,
    );
  return text;
});

/** What a policy zone's own answers mean to a source. */
export const localData = word((text): LocalDataMeaning => {
  if (text === "block" || text === "reject") return text;
  throw new FieldError(
    text === "keep"
      ? 'cannot be "keep": a source says that a name is malicious and not what to answer; choose the answer by the zone\'s action, and here block or reject'
      : `should be block or reject, but is ${quote(text)}`,
  );
});

/** A target of rules in lower case without its final dot: the name of a CNAME, or an address. */
const ruleTarget = z
  .string()
  .min(1)
  .max(1000)
  .transform((text) => text.toLowerCase().replace(/(?<=.)\.$/, ""));

/** What rules with given targets are. NXDOMAIN, whose target is the root, is what it is. */
export const targetMeaningsSchema = z.record(ruleTarget, z.enum(targetMeanings));

/** Every plain object has one, so that a look-up by this name finds something where nothing was put. */
const objectsOwn = "constructor";

export const id = word((text) => {
  if (text === objectsOwn)
    throw new FieldError(`${quote(text)} cannot be told from a part of the program; choose another`);
  if (!idPattern.test(text)) {
    throw new FieldError(
      `${quote(text)} is not an identifier: 1 to 64 of a-z, 0-9, "_", "." and "-", a letter or digit first`,
    );
  }
  return text;
});

/** Words that `action` gives another meaning to. */
const reservedCategories = new Set(["default", "a", "aaaa", "cname", "txt", objectsOwn]);

export const category = word((text) => {
  if (!slugPattern.test(text)) {
    throw new FieldError(`${quote(text)} is not a category: 1 to 64 of a-z, 0-9, "_" and "-", a letter or digit first`);
  }
  if (reservedCategories.has(text))
    throw new FieldError(`${quote(text)} is a word that a zone's action reads otherwise; choose another`);
  return text;
});

/** A level of TLP or PAP, in any of the spellings that lists may have; what it is called today comes out. */
function level<Level extends string>(levels: readonly Level[], read: (text: string) => Level | undefined) {
  return z.preprocess((value) => (typeof value === "string" ? (read(value) ?? value) : value), z.enum(levels));
}
export const tlp = level(tlps, tlpOf);
export const pap = level(paps, papOf);

export const timeZone = word((text) => {
  if (isTimeZone(text)) return text;
  throw new FieldError(`${quote(text)} is not a time zone such as Europe/Berlin or UTC`);
});

/** A TTL or an SOA time: RFC 2181 section 8 allows 31 bits. */
export const seconds = z.int().min(0).max(2_147_483_647);
