/** Asks for JSON that is read whole, within bounds. */
import { FetchFailure } from "../fetch/failure.ts";
import type { HttpTask } from "../fetch/task.ts";
import type { FetchTools } from "../fetch/tools.ts";
import { decodedBody, expandedBound } from "../http/expand.ts";
import { type Asking, type HttpSession, textOf } from "../http/session.ts";

export interface JsonAnswer {
  readonly value: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** 200, or what else was no failure; then there is no value. */
  readonly status: number;
}

export interface JsonAsking extends Asking {
  /** Octets of the answer once expanded. */
  readonly bytesMax: number;
}

/** Asks once, with further tries where they may help. @throws FetchFailure */
export function askJson(
  session: HttpSession,
  task: HttpTask,
  tools: FetchTools,
  asking: JsonAsking,
): Promise<JsonAnswer> {
  const { bytesMax, ...plain } = asking;
  const bounds = { fetchedBytesMax: task.fetchedBytesMax, expandedBytesMax: Math.min(bytesMax, task.expandedBytesMax) };
  const headers = { accept: "application/json", ...plain.headers };
  return tools.retrying(() =>
    session.ask({ ...plain, headers }, async (answer) => {
      if (answer.status !== 200) return { value: undefined, headers: answer.headers, status: answer.status };
      const encoding = textOf(answer.headers["content-encoding"]);
      const parts: Uint8Array[] = [];
      const body = decodedBody(answer.body, encoding, bounds, (bytes) => tools.onBytes(bytes));
      for await (const part of expandedBound(body, bounds)) parts.push(part);
      return { value: parsed(Buffer.concat(parts)), headers: answer.headers, status: 200 };
    }),
  );
}

function parsed(octets: Buffer): unknown {
  try {
    return JSON.parse(octets.toString("utf8").replace(/^\uFEFF/, ""));
  } catch {
    const isPage = /^\s*<[a-z!?]/i.test(octets.toString("latin1", 0, 1024));
    throw isPage
      ? new FetchFailure(
          "a web page came in place of JSON",
          "Open its address in a browser; it may have moved, want a login or be an error page",
          { code: "SOURCE_NOT_A_LIST" },
        )
      : new FetchFailure("what came is no JSON, or ends in the middle", "Its operator must fix it", {
          code: "SOURCE_NOT_A_LIST",
          isTransient: true,
        });
  }
}
