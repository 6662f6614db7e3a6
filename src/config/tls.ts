/** Reads and checks what transfers over TLS show: the server's certificate with its key, and the authorities of clients. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import { inspect } from "node:util";
import { counted } from "../base/counted.ts";
import { messageOf } from "../base/errors.ts";
import type { YamlFile } from "./document.ts";
import type { Fault } from "./faults.ts";
import type { MainFile } from "./schema.ts";
import { textFromFile } from "./secrets.ts";
import type { ConfigNote, TlsConfig } from "./types.ts";

type TlsEntry = NonNullable<MainFile["server"]["tls"]>;
type FileKey = "certFile" | "keyFile" | "clientCaFile";

export interface TlsReading {
  readonly main: YamlFile;
  /** The folder that paths are relative to. */
  readonly here: string;
  readonly nowMs: number;
  /** What is in force: files that are broken leave it so. */
  readonly before: TlsConfig | undefined;
  readonly faults: Fault[];
  readonly warnings: ConfigNote[];
}

/** What `server.tls` says, with its files read; undefined, with faults added, where they are of no use. */
export function makeTls(entry: TlsEntry, reading: TlsReading): TlsConfig | undefined {
  const { main, here, nowMs, before, faults, warnings } = reading;
  const { listen, certFile, keyFile, clientCaFile } = entry;
  const files = [certFile, keyFile, ...(clientCaFile === undefined ? [] : [clientCaFile])].map((file) =>
    resolve(here, file),
  );
  const found: Fault[] = [];
  const notes: ConfigNote[] = [];
  const pems = readFiles(entry, { ...reading, faults: found, warnings: notes });
  const isSame = before !== undefined && JSON.stringify(before.files) === JSON.stringify(files);
  if (pems === undefined && isSame) {
    for (const fault of found) {
      const { code: _, message, ...place } = fault;
      warnings.push({
        ...place,
        message: `${message}; the certificate, key and authorities from before stay in force`,
      });
    }
    return withListen(before, listen);
  }
  faults.push(...found);
  if (pems === undefined) return undefined;
  const tls = hideKey({ listen, files, ...pems });
  warnings.push(...notes);
  for (const { key, message } of expiryNotes(tls, nowMs)) {
    warnings.push({ ...main.place(["server", "tls", key]), message });
  }
  return tls;
}

type Pems = Pick<TlsConfig, "certificate" | "privateKey" | "clientCa">;

function readFiles(entry: TlsEntry, { main, here, faults, warnings }: TlsReading): Pems | undefined {
  const fault = (key: FileKey, message: string, code: Fault["code"] = "CONFIG_INVALID"): undefined => {
    faults.push({ code, ...main.place(["server", "tls", key]), message });
  };
  const read = (key: FileKey, file: string): string | undefined => {
    const outcome = textFromFile(resolve(here, file), { isMultiLine: true, isPublic: key !== "keyFile" });
    if (outcome.kind === "fault") return fault(key, outcome.message, "SECRET_UNREADABLE");
    if (outcome.warning !== undefined) {
      warnings.push({ ...main.place(["server", "tls", key]), message: outcome.warning });
    }
    return outcome.text;
  };
  const readCertificates = (key: FileKey, file: string): string | undefined => {
    const pem = read(key, file);
    if (pem === undefined) return undefined;
    return certificatesIn(pem).length > 0 ? pem : fault(key, `"${file}" does not hold certificates in PEM`);
  };
  const { certFile, keyFile, clientCaFile } = entry;
  const certificate = readCertificates("certFile", certFile);
  const privateKey = read("keyFile", keyFile);
  const clientCa = clientCaFile === undefined ? undefined : readCertificates("clientCaFile", clientCaFile);
  if (certificate === undefined || privateKey === undefined) return undefined;
  if (clientCaFile !== undefined && clientCa === undefined) return undefined;
  try {
    if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey))) {
      return fault("keyFile", `"${keyFile}" is not the key of the first certificate in certFile`);
    }
  } catch {
    return fault("keyFile", `"${keyFile}" does not hold a private key in PEM without a passphrase`);
  }
  try {
    // What else is wrong with them: keys that are too short, algorithms that are none any more.
    createSecureContext({ cert: certificate, key: privateKey, ca: clientCa, minVersion: "TLSv1.3" });
  } catch (thrown) {
    return fault("certFile", `cannot be used for TLS: ${messageOf(thrown)}`);
  }
  return { certificate, privateKey, ...(clientCa === undefined ? {} : { clientCa }) };
}

/** The certificates in a PEM text, in their order; none where one of them cannot be read. */
function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

/** From then on it is warned that a certificate expires: time for a renewal that has failed once. */
const warnedDays = 14;
const dayMs = 86_400_000;

/** What is to be said at a time of certificates that expire soon, or have. */
export function expiryNotes(
  tls: TlsConfig,
  nowMs: number,
): { readonly key: "certFile" | "clientCaFile"; readonly message: string }[] {
  const noteOn = (key: "certFile" | "clientCaFile", certificate: X509Certificate) => {
    const leftMs = Date.parse(certificate.validTo) - nowMs;
    if (leftMs >= warnedDays * dayMs) return [];
    const days = counted(Math.floor(Math.abs(leftMs) / dayMs), "day");
    const name = (certificate.subjectAltName ?? certificate.subject).replaceAll("DNS:", "").replaceAll("\n", ", ");
    const day = new Date(certificate.validTo).toISOString().slice(0, 10);
    const when = leftMs < 0 ? `expired ${days} ago, on ${day}` : `expires in ${days}, on ${day}`;
    const so =
      key === "certFile"
        ? "clients that check it transfer nothing from then on"
        : "clients whose certificates lead to it count as ones without from then on";
    return [{ key, message: `the certificate of "${name}" ${when}: ${so}` }];
  };
  return [
    ...certificatesIn(tls.certificate).flatMap((certificate) => noteOn("certFile", certificate)),
    ...certificatesIn(tls.clientCa ?? "").flatMap((certificate) => noteOn("clientCaFile", certificate)),
  ];
}

/** The same at other addresses. */
export function withListen(tls: TlsConfig, listen: TlsConfig["listen"]): TlsConfig {
  return hideKey({ ...tls, listen });
}

/** What keeps its private key when it is printed, as TSIG keys do. */
function hideKey(tls: TlsConfig): TlsConfig {
  const { privateKey: _, ...shown } = tls;
  const made = { ...tls };
  Object.defineProperty(made, "toJSON", { value: () => shown });
  Object.defineProperty(made, inspect.custom, { value: () => shown });
  return made;
}
