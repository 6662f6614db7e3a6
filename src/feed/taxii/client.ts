/** Questions to a TAXII 2.1 server (OASIS TAXII 2.1): small answers as values, and pages of objects as they come. */

import { FetchFailure } from "../fetch/failure.ts";
import { parseRetryAfter } from "../fetch/retry.ts";
import type { TaxiiTask } from "../fetch/task.ts";
import type { FetchTools } from "../fetch/tools.ts";
import { decodedBody } from "../http/expand.ts";
import { type Answer, HttpSession, textOf } from "../http/session.ts";

const mediaType = "application/taxii+json;version=2.1";
/** Octets of an answer that lists collections or says what a server is. */
const smallBytesMax = 4 * 1024 * 1024;

/** Statuses that TAXII gives a meaning of its own. */
const ownStatuses: readonly number[] = [400, 403, 404, 406, 415];

/** What a server says instead of an answer, where whoever asks may do something about it. */
export type Refused = "bad-request" | "not-found";

export class TaxiiClient {
  readonly #task: TaxiiTask;
  readonly #tools: FetchTools;
  readonly #session: HttpSession;
  /** Octets that came so far; all answers together have one bound. */
  #fetchedBytes = 0;

  constructor(task: TaxiiTask, tools: FetchTools) {
    this.#task = task;
    this.#tools = tools;
    this.#session = new HttpSession(task, tools);
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** The object that a resource is. @throws FetchFailure */
  async get(url: string): Promise<Readonly<Record<string, unknown>> | Refused> {
    return this.ask(url, async (body) => {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of body) {
        bytes += chunk.length;
        if (bytes > smallBytesMax) throw notTaxii("its answer is too long for what was asked");
        chunks.push(chunk);
      }
      const value = parsed(Buffer.concat(chunks).toString("utf8"));
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
      throw notTaxii("what came is no answer of TAXII");
    });
  }

  /** Asks, again where that may help; `take` gets the octets of an answer with its headers. @throws FetchFailure */
  async ask<T>(
    url: string,
    take: (body: AsyncIterable<Uint8Array>, headers: Answer["headers"]) => Promise<T>,
  ): Promise<T | Refused> {
    const asking = { url, headers: { accept: mediaType }, statuses: [200, ...ownStatuses] };
    return this.#tools.retrying(() =>
      this.#session.ask(asking, (answer): Promise<T | Refused> => {
        const refused = answer.status === 200 ? undefined : this.#refused(answer);
        if (refused !== undefined) return Promise.resolve(refused);
        const { headers } = answer;
        const type = textOf(headers["content-type"]) ?? "";
        if (/html/i.test(type)) throw notTaxii("a web page came in the place of an answer");
        if (/version=(?!2\.1)/i.test(type)) throw notTaxii("it speaks another version of TAXII than 2.1");
        const { fetchedBytesMax, expandedBytesMax } = this.#task;
        const bounds = { fetchedBytesMax: Math.max(0, fetchedBytesMax - this.#fetchedBytes), expandedBytesMax };
        const encoding = textOf(headers["content-encoding"]);
        const body = decodedBody(answer.body, encoding, bounds, (bytes) => {
          this.#fetchedBytes += bytes;
          if (this.#fetchedBytes > fetchedBytesMax) throw tooMuch(fetchedBytesMax);
          this.#tools.onBytes(bytes);
        });
        return take(body, headers);
      }),
    );
  }

  #refused({ status, headers }: Answer): Refused {
    const retryAfterSeconds = parseRetryAfter(textOf(headers["retry-after"]), this.#tools.nowMs());
    if (status === 400) return "bad-request";
    if (status === 404) return "not-found";
    if (status === 403) {
      const why = "its host does not let us read it (403)";
      throw new FetchFailure(why, "Ask its operator for the right to read the collection", { retryAfterSeconds });
    }
    const why = `its host does not answer as TAXII 2.1 does (${status})`;
    throw new FetchFailure(why, "Look whether it has an address for TAXII 2.1; 2.0 and 1.x are other protocols");
  }
}

/** @throws FetchFailure where a text is no JSON */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    throw notTaxii("what came is no JSON");
  }
}

export function notTaxii(why: string): FetchFailure {
  return new FetchFailure(
    why,
    "Look whether the address is that of a TAXII 2.1 server, as https://taxii.example/taxii2/",
  );
}

function tooMuch(bytesMax: number): FetchFailure {
  return new FetchFailure(
    `its answers have more than ${bytesMax} octets together`,
    "Check that it is what you expect, then raise `fetchedBytesMax` of the source",
  );
}
