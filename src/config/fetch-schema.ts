/** The keys of a list that is fetched by HTTP, and the small words in them. */
import { z } from "zod";
import { parseUrl, shownUrl } from "../base/shown-url.ts";
import { fetchedBytesMaxDefault, networkDefault, timeoutSecondsDefault } from "./defaults.ts";
import { FieldError, path, word } from "./fields.ts";
import { networks } from "./types.ts";

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
/** A request a minute is as much as anybody's server should have of one list. */
const everySecondsMin = 60;
const everySecondsMax = 30 * 86_400;

/** `5m`, `1h`, `7d` in seconds. */
export const interval = word((text): number => {
  const [, digits = "", unit = ""] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * (unitSeconds[unit] ?? Number.NaN);
  if (!Number.isFinite(seconds) || seconds < everySecondsMin || seconds > everySecondsMax) {
    throw new FieldError(`should be a time from 1m to 30d such as 5m, 1h or 24h, but is ${JSON.stringify(text)}`);
  }
  return seconds;
});

/** @throws FieldError, whose text holds no part of a URL that may be a secret */
function readUrl(text: string, what: string): URL {
  const url = parseUrl(text);
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new FieldError(`should be ${what} that begins with https:// or http://`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new FieldError(
      `"${shownUrl(url)}" has a user or a password in it, which would be shown with it; write user, and passwordFile or passwordEnv`,
    );
  }
  return url;
}

/** The address of a list. */
export const listUrl = word((text): string => {
  const url = readUrl(text, "an address");
  url.hash = "";
  return url.href;
});

/** The word in the place of a proxy that turns the common one off. */
export const noProxy = "none";

/** The address of a proxy, or the word `none`. */
export const proxyUrl = word((text): string => {
  if (text === noProxy) return text;
  const url = readUrl(text, `the word ${noProxy}, or the address of a proxy`);
  if (url.pathname !== "/" || url.search !== "") {
    throw new FieldError(`"${shownUrl(url)}" should be the address of a proxy without a path`);
  }
  return url.origin;
});

/** Text, or where it is to be read from. */
const secretWord = z.union(
  [
    z.string().min(1),
    z.strictObject({ env: z.string().min(1) }),
    z.strictObject({ file: z.string().min(1).max(4096) }),
  ],
  { error: "should be text, {env: NAME} or {file: PATH}" },
);
export type SecretWord = z.output<typeof secretWord>;

export const fetchKeys = {
  url: z.exactOptional(listUrl),
  every: z.exactOptional(interval),
  headers: z.record(z.string(), secretWord).default({}),
  user: z.exactOptional(secretWord),
  passwordFile: z.exactOptional(path),
  passwordEnv: z.exactOptional(z.string().min(1)),
  bearerFile: z.exactOptional(path),
  bearerEnv: z.exactOptional(z.string().min(1)),
  caFile: z.exactOptional(path),
  certificateFile: z.exactOptional(path),
  privateKeyFile: z.exactOptional(path),
  proxy: z.exactOptional(proxyUrl),
  network: z.enum(networks).default(networkDefault),
  member: z.exactOptional(z.string().min(1).max(1000)),
  timeoutSeconds: z.int().min(1).max(86_400).default(timeoutSecondsDefault),
  fetchedBytesMax: z.int().min(1).default(fetchedBytesMaxDefault),
};
