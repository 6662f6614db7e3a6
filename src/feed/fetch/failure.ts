/** Why a fetch failed, in words of our own: nothing that a server or a library says is passed on, since it may hold a secret. */
import { type ErrorCode, OperatorError } from "../../base/errors.ts";

export interface FailureFacts {
  /** Whether another try in a moment may do. */
  readonly isTransient?: boolean;
  /** How long the server asks to be left alone. */
  readonly retryAfterSeconds?: number | undefined;
  /** Of the answer, where that is the failure. */
  readonly status?: number;
  /** Another code than that of lists that cannot be fetched. */
  readonly code?: ErrorCode;
  /** Whether the text is a whole sentence. */
  readonly isWhole?: boolean;
}

export class FetchFailure extends Error {
  /** What to do, one sentence. */
  readonly remedy: string;
  readonly isTransient: boolean;
  readonly retryAfterSeconds: number | undefined;
  readonly status: number | undefined;
  readonly code: ErrorCode;
  readonly isWhole: boolean;

  /** `why` goes on from `Cannot fetch "…": ` where it is not whole. */
  constructor(why: string, remedy: string, facts: FailureFacts = {}) {
    super(why);
    this.name = "FetchFailure";
    this.remedy = remedy;
    this.isTransient = facts.isTransient === true;
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.status = facts.status;
    this.code = facts.code ?? "SOURCE_NOT_FETCHED";
    this.isWhole = facts.isWhole === true;
  }
}

const waitRemedy = "Look whether the address is right, and whether the host can be reached from here, if this lasts";
const caRemedy = "Name the certificate of its issuer as caFile if it is one of your own; else its operator must fix it";
const brokenRemedy = "Get it with another program to see what comes; its operator must fix it";

const proxyRemedy = "Use a proxy that lets this host through without credentials";

/** What codes of Node and undici mean, and whether another try may do. */
const meanings: Readonly<Record<string, readonly [why: string, isTransient: boolean, remedy: string]>> = {
  ENOTFOUND: ["its host has no address", true, "Check the name of the host, and that this machine can resolve names"],
  EAI_AGAIN: ["the address of its host cannot be found now", true, waitRemedy],
  ECONNREFUSED: ["its host refuses the connection", true, waitRemedy],
  ECONNRESET: ["the connection was cut", true, waitRemedy],
  EPIPE: ["the connection was cut", true, waitRemedy],
  ETIMEDOUT: ["its host does not answer", true, waitRemedy],
  EHOSTUNREACH: ["its host cannot be reached", true, waitRemedy],
  ENETUNREACH: ["its network cannot be reached", true, waitRemedy],
  UND_ERR_CONNECT_TIMEOUT: ["its host does not answer", true, waitRemedy],
  UND_ERR_HEADERS_TIMEOUT: ["the connection is open, but no answer came", true, waitRemedy],
  UND_ERR_BODY_TIMEOUT: ["the answer began and then stopped", true, waitRemedy],
  UND_ERR_SOCKET: ["the connection was cut", true, waitRemedy],
  // undici says so of a proxy that does not let a request through, or wants credentials.
  UND_ERR_ABORTED: ["the proxy does not let it through", true, proxyRemedy],
  UND_ERR_INVALID_ARG: ["the proxy wants credentials (407)", false, proxyRemedy],
  UND_ERR_PRX_TLS: ["no TLS connection to the proxy comes about", false, proxyRemedy],
  UND_ERR_PRX_CONN: ["the proxy cut the connection", true, waitRemedy],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ["the answer has not the length that it says", true, brokenRemedy],
  UND_ERR_HEADERS_OVERFLOW: ["the headers of the answer are too long", false, brokenRemedy],
  CERT_HAS_EXPIRED: [
    "its certificate has expired",
    false,
    "Its operator must renew it; check the clock of this machine",
  ],
  CERT_NOT_YET_VALID: ["its certificate is not valid yet", false, "Check the clock of this machine"],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["nobody vouches for its certificate but itself", false, caRemedy],
  SELF_SIGNED_CERT_IN_CHAIN: ["the issuer of its certificate is not known", false, caRemedy],
  UNABLE_TO_GET_ISSUER_CERT: ["the issuer of its certificate is not known", false, caRemedy],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["the issuer of its certificate is not known", false, caRemedy],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["the issuer of its certificate is not known", false, caRemedy],
  ERR_TLS_CERT_ALTNAME_INVALID: ["its certificate is for another name", false, "Check the name of the host"],
  ENOSPC: ["the disk is full", false, "Make room on the disk of the state folder"],
  EDQUOT: ["the disk quota is used up", false, "Make room on the disk of the state folder"],
  EACCES: ["its copy cannot be written: no right to do so", false, "Make the state folder writable for this user"],
  EROFS: ["its copy cannot be written: the disk is read-only", false, "Make the state folder writable for this user"],
};

/**
 * The failure that something thrown amounts to. What is not known is one, too: no answer of a server may end the process that
 * fetches all lists. Of it only the kind and the place are told, for whoever looks for the defect.
 */
export function failureOf(thrown: unknown): FetchFailure {
  if (thrown instanceof FetchFailure) return thrown;
  if (thrown instanceof OperatorError) {
    return new FetchFailure(thrown.message, thrown.remedy, { code: thrown.code, isWhole: true });
  }
  for (const code of codesOf(thrown)) {
    const known = meanings[code];
    if (known !== undefined) return new FetchFailure(known[0], known[2], { isTransient: known[1] });
    // zlib's codes for gzip and deflate, and for brotli.
    if (/^(?:Z_|ERR__ERROR_|ERR_BROTLI)/.test(code)) {
      return new FetchFailure("its compression is broken, or was cut", brokenRemedy);
    }
    if (code === "HTTPParserError")
      return new FetchFailure("what came is no HTTP", brokenRemedy, { isTransient: true });
    if (/^(?:ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$|CERT_|HOSTNAME_)/.test(code)) {
      const isTransient = !code.startsWith("CERT_");
      return new FetchFailure(`no TLS connection comes about (${code})`, brokenRemedy, { isTransient });
    }
    if (/^(?:E[A-Z]+|UND_ERR_[A-Z_]+)$/.test(code)) return new FetchFailure(code, waitRemedy, { isTransient: true });
  }
  return new FetchFailure(`of a defect of rpzmill (${kindAndPlace(thrown)})`, "Report it with this line");
}

function kindAndPlace(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const [, place = "unknown"] = /([\w.-]+:\d+):\d+\)?$/m.exec(thrown.stack ?? "") ?? [];
  return `${/^\w{1,40}$/.test(thrown.name) ? thrown.name : "Error"} at ${place}`;
}

/** The code of an error, and of what caused it: several addresses of a host may have failed in several ways. */
function codesOf(thrown: unknown): string[] {
  const codes: string[] = [];
  let at: unknown = thrown;
  for (let depth = 0; depth < 4 && at instanceof Error; depth++) {
    // The codes of these are of its parser, where they have one.
    if (at.name === "HTTPParserError") codes.push(at.name);
    if ("code" in at && typeof at.code === "string") codes.push(at.code);
    if (at instanceof AggregateError) codes.push(...at.errors.flatMap(codesOf));
    at = at.cause;
  }
  return codes;
}
