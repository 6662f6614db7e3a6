/**
 * X.509 certificates for tests (RFC 5280), made on the spot: an authority, and what it signs. Written in DER by hand,
 * since Node makes none and not every machine has the openssl program.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

export interface Certified {
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
}

export interface Wanted {
  /** SAN dNSNames; none: no SAN. */
  readonly names?: readonly string[];
  /** Subject's common name. */
  readonly commonName?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export interface Authority {
  /** PEM. */
  readonly certificate: string;
  issue(wanted: Wanted): Certified;
}

const dayMs = 86_400_000;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), content]);
  if (length < 256) return Buffer.concat([Buffer.from([tag, 0x81, length]), content]);
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 0xff]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
/** An object identifier of which the content is given. */
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));

/** A distinguished name of a common name alone. */
const nameOf = (text: string): Buffer => sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(text)))));

function timeOf(date: Date): Buffer {
  const digits = date
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replace(/[-:T]/g, "");
  // RFC 5280 4.1.2.5: UTCTime, of two digits for the year, until 2049.
  return der(0x17, Buffer.from(digits.slice(2)));
}

function extension(id: string, isCritical: boolean, value: Uint8Array): Buffer {
  return sequence(oid(id), ...(isCritical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));
}

const authorityExtensions = [
  extension("551d13", true, sequence(der(0x01, Buffer.from([0xff])))),
  // keyCertSign and cRLSign.
  extension("551d0f", true, der(0x03, Buffer.from([0x01, 0x06]))),
];

function alternativeNames(names: readonly string[]): Buffer {
  return extension("551d11", false, sequence(...names.map((name) => der(0x82, Buffer.from(name)))));
}

/** What tells one key from another (RFC 5280 4.2.1.2). */
function keyIdOf(publicKey: KeyObject): Buffer {
  return createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
}

interface Signing {
  readonly issuer: string;
  readonly subject: string;
  readonly key: KeyObject;
  readonly signer: KeyObject;
  readonly signerId: Buffer;
  readonly extensions: readonly Buffer[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

function makeCertificate({ issuer, subject, key, signer, signerId, extensions, notBefore, notAfter }: Signing): string {
  // A positive number of eight octets.
  const serial = randomBytes(8);
  serial[0] = ((serial[0] as number) & 0x3f) | 0x40;
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(timeOf(notBefore), timeOf(notAfter)),
    nameOf(subject),
    key.export({ type: "spki", format: "der" }),
    der(
      0xa3,
      sequence(
        extension("551d0e", false, der(0x04, keyIdOf(key))),
        extension("551d23", false, sequence(der(0x80, signerId))),
        ...extensions,
      ),
    ),
  );
  const signature = sign("sha256", content, signer);
  const bytes = sequence(content, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

const newKeys = () => generateKeyPairSync("ec", { namedCurve: "prime256v1" });

/** An authority that signs for ten years. */
export function makeAuthority(issuer: string): Authority {
  const { publicKey, privateKey: signer } = newKeys();
  const signerId = keyIdOf(publicKey);
  const around = { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + 3650 * dayMs) };
  return {
    certificate: makeCertificate({
      issuer,
      subject: issuer,
      key: publicKey,
      signer,
      signerId,
      extensions: authorityExtensions,
      ...around,
    }),
    issue({ names = [], commonName = names[0] ?? "nobody", notBefore, notAfter }) {
      const keys = newKeys();
      const certificate = makeCertificate({
        issuer,
        subject: commonName,
        key: keys.publicKey,
        signer,
        signerId,
        extensions: names.length === 0 ? [] : [alternativeNames(names)],
        notBefore: notBefore ?? around.notBefore,
        notAfter: notAfter ?? new Date(Date.now() + 365 * dayMs),
      });
      return { certificate, privateKey: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    },
  };
}
