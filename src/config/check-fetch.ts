/** Checks the keys of lists that are fetched against one another: where a list is from, and what goes with what. */
import { isLoopback } from "../base/loopback.ts";
import { parseUrl, shownUrl } from "../base/shown-url.ts";
import { entriesAt, fault, textAt } from "./check.ts";
import { isTransfer } from "./check-transfer.ts";
import type { YamlFile } from "./document.ts";
import type { Fault } from "./faults.ts";
import { fetchKeys } from "./fetch-schema.ts";
import type { ConfigNote } from "./types.ts";
import { valueAt } from "./value-path.ts";

type Path = readonly PropertyKey[];

/** The kinds of lists that may be fetched. */
export const fetchedKinds = ["sources", "allow", "guards"] as const;

/** Headers that are the program's own business: what is asked for, and of whom. */
const ownHeaders: readonly string[] = [
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "host",
  "if-modified-since",
  "if-none-match",
  "keep-alive",
  "proxy-authorization",
  "range",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
/** Names of headers that hold a secret however their value is written. */
const secretHeader = /auth|cookie|key|secret|token|pass/i;

/** Faults of all lists that are fetched, or that have keys of such. */
export function checkFetches(yaml: YamlFile): Fault[] {
  return fetchedKinds.flatMap((kind) => {
    if (!Array.isArray(valueAt(yaml.value, [kind]))) return [];
    return entriesAt(yaml.value, kind).flatMap((entry, i) => checkFetch(yaml, [kind, i], entry));
  });
}

function checkFetch(yaml: YamlFile, at: Path, entry: unknown): Fault[] {
  const has = (key: string): boolean => valueAt(entry, [key]) !== undefined;
  if (at[0] === "sources" && (valueAt(entry, ["manual"]) === true || isTransfer(entry))) return [];
  const faults: Fault[] = [];
  const say = (key: string, message: string, part: "key" | "value" = "key"): void => {
    faults.push(fault(yaml, [...at, key], message, part));
  };
  // Of sources and guards without a list others say so.
  if (at[0] === "allow" && typeof entry === "object" && entry !== null && !has("from") && !has("url")) {
    faults.push(fault(yaml, at, "has no list; give it the path of a file as from, or an address as url"));
  }
  if (has("folder")) return [...faults, ...checkFolder(yaml, at, entry)];
  if (has("from") && has("url")) say("url", "cannot stand beside from: a list is from one place");
  if (!has("url")) {
    const needing = Object.keys(fetchKeys).filter((key) => key !== "url" && has(key));
    for (const key of needing) say(key, "is for lists that are fetched; give it a url");
    return faults;
  }
  if (has("refreshSeconds")) say("refreshSeconds", "is for files; say how often to fetch with every");
  for (const secret of ["password", "bearer"]) {
    if (has(`${secret}File`) && has(`${secret}Env`)) say(`${secret}Env`, `cannot stand beside ${secret}File`);
  }
  const bearer = ["bearerFile", "bearerEnv"].find(has);
  const password = ["passwordFile", "passwordEnv"].find(has);
  if (bearer !== undefined && has("user")) say(bearer, "cannot stand beside user: a request has one authorization");
  if (password !== undefined && !has("user")) say(password, "is the password of a user; say which with user");
  if (has("certificateFile") && !has("privateKeyFile")) say("certificateFile", "needs privateKeyFile beside it");
  if (has("privateKeyFile") && !has("certificateFile")) say("privateKeyFile", "needs certificateFile beside it");
  faults.push(...checkHeaders(yaml, at, entry), ...checkClearText(yaml, at, entry));
  return faults;
}

/** Keys of a fetch that go for a folder as well. */
const folderKeys: readonly string[] = ["every", "timeoutSeconds"];

function checkFolder(yaml: YamlFile, at: Path, entry: unknown): Fault[] {
  const has = (key: string): boolean => valueAt(entry, [key]) !== undefined;
  const beside = ["from", "url"].filter(has).map((key) => {
    return fault(yaml, [...at, "folder"], `cannot stand beside ${key}: a list is from one place`, "key");
  });
  const foreign = Object.keys(fetchKeys).filter((key) => key !== "url" && !folderKeys.includes(key) && has(key));
  const faults = foreign.map((key) => fault(yaml, [...at, key], "is for lists that are fetched over HTTP", "key"));
  if (!has("refreshSeconds")) return [...beside, ...faults];
  const message = "is for single files; say how often to look into the folder with every";
  return [...beside, ...faults, fault(yaml, [...at, "refreshSeconds"], message, "key")];
}

function checkHeaders(yaml: YamlFile, at: Path, entry: unknown): Fault[] {
  const headers = valueAt(entry, ["headers"]);
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) return [];
  return Object.entries(headers).flatMap(([name, value]) => {
    const place = [...at, "headers", name];
    if (!/^[!#$%&'*+.^_\x60|~0-9A-Za-z-]+$/.test(name)) return [fault(yaml, place, "is no name of a header", "key")];
    if (ownHeaders.includes(name.toLowerCase())) return [fault(yaml, place, "is set by rpzmill itself", "key")];
    const other = ["user", "bearerFile", "bearerEnv", "keyFile", "keyEnv"].find(
      (key) => valueAt(entry, [key]) !== undefined,
    );
    if (name.toLowerCase() === "authorization" && other !== undefined) {
      return [fault(yaml, place, `cannot stand beside ${other}: a request has one authorization`, "key")];
    }
    // Of text that stands here; what is read from elsewhere is checked there.
    const isOneLine = typeof value !== "string" || /^[\t\x20-\x7e]*$/.test(value);
    return isOneLine ? [] : [fault(yaml, place, "has other than printable ASCII on one line")];
  });
}

/** Whether an entry sends what nobody else should see. */
function hasCredentials(entry: unknown): boolean {
  const keys = ["user", "bearerFile", "bearerEnv", "certificateFile", "keyFile", "keyEnv"];
  const headers = valueAt(entry, ["headers"]);
  const secret = Object.entries(typeof headers === "object" && headers !== null ? headers : {}).some(
    ([name, value]) => typeof value === "object" || secretHeader.test(name),
  );
  return secret || keys.some((key) => valueAt(entry, [key]) !== undefined);
}

/** The URL of an entry where everybody on the way can read and change what is fetched. */
function clearTextUrl(entry: unknown): URL | undefined {
  const url = parseUrl(textAt(entry, "url") ?? "");
  return url?.protocol === "http:" && !isLoopback(url) ? url : undefined;
}

function checkClearText(yaml: YamlFile, at: Path, entry: unknown): Fault[] {
  const url = clearTextUrl(entry);
  if (url === undefined || !hasCredentials(entry) || valueAt(entry, ["network"]) === "internal") return [];
  const why = "would send its credentials where everybody on the way can read them; use https";
  return [fault(yaml, [...at, "url"], `"${shownUrl(url)}" ${why}`)];
}

/** Notes on lists that others can change on their way. */
export function notesOnFetches(yaml: YamlFile): ConfigNote[] {
  return fetchedKinds.flatMap((kind) => {
    if (!Array.isArray(valueAt(yaml.value, [kind]))) return [];
    return entriesAt(yaml.value, kind).flatMap((entry, i) => {
      const url = clearTextUrl(entry);
      if (url === undefined) return [];
      const what = hasCredentials(entry) ? "read its credentials, and change what is blocked" : "change what it lists";
      const message = `"${shownUrl(url)}" is no https address: whoever is on the way can ${what}`;
      return [{ ...yaml.place([kind, i, "url"]), message }];
    });
  });
}
