/** Makes X.509 certificates (RFC 5280) for servers and clients of tests. */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

export interface Certificate {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface CertificateOptions {
  readonly name?: string;
  readonly issuer?: Authority;
  /** Days from now. */
  readonly from?: number;
  readonly to?: number;
  /** Names and IPv4 addresses that it is for. */
  readonly hosts?: readonly string[];
}

export interface Authority extends Certificate {
  readonly name: string;
  readonly key: KeyObject;
}

/** One that signs others. */
export function makeAuthority(name = "test authority"): Authority {
  const { privateKey: key, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const basic = extension("551d13", seq(der(0x01, Buffer.from([0xff]))));
  const certificate = build({ name, issuerName: name, key, publicKey, from: -1, to: 365, extensions: [basic] });
  return { name, key, certificate, privateKey: key.export({ type: "pkcs8", format: "pem" }) as string };
}

/** One for a host, self-signed without an issuer. */
export function makeCertificate({
  name = "127.0.0.1",
  issuer,
  from = -1,
  to = 365,
  hosts = ["127.0.0.1"],
}: CertificateOptions = {}): Certificate {
  const { privateKey: key, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const names = hosts.map((host) =>
    /^[\d.]+$/.test(host) ? der(0x87, Buffer.from(host.split(".").map(Number))) : der(0x82, Buffer.from(host)),
  );
  const extensions = [extension("551d11", seq(...names))];
  const signer = issuer === undefined ? { issuerName: name, key } : { issuerName: issuer.name, key: issuer.key };
  const certificate = build({ name, ...signer, publicKey, from, to, extensions });
  return { certificate, privateKey: key.export({ type: "pkcs8", format: "pem" }) as string };
}

interface Parts {
  readonly name: string;
  readonly issuerName: string;
  /** That of the issuer. */
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
  readonly from: number;
  readonly to: number;
  readonly extensions: readonly Buffer[];
}

let serial = 1;

function build({ name, issuerName, key, publicKey, from, to, extensions }: Parts): string {
  const algorithm = seq(oid("2a8648ce3d040302"));
  const body = seq(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial++])),
    algorithm,
    nameOf(issuerName),
    seq(time(from), time(to)),
    nameOf(name),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, seq(...extensions)),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, key));
  const text = seq(body, algorithm, signature)
    .toString("base64")
    .replace(/(.{64})/g, "$1\n");
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

function nameOf(common: string): Buffer {
  return seq(der(0x31, seq(oid("550403"), der(0x0c, Buffer.from(common)))));
}

function time(days: number): Buffer {
  const text = new Date(Date.now() + 86_400_000 * days).toISOString().replace(/[-:T]|\.\d+/g, "");
  return der(0x18, Buffer.from(text));
}

function extension(id: string, value: Buffer): Buffer {
  return seq(oid(id), der(0x04, value));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

function seq(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}
