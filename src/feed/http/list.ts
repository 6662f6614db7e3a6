/** Fetches a list that is one answer: asks for it with what is known of its copy, and puts what came in the place of the copy. */

import type { CopyFacts } from "../fetch/copy-state.ts";
import { keepAs } from "../fetch/copy-writer.ts";
import { FetchFailure } from "../fetch/failure.ts";
import type { ListTask } from "../fetch/task.ts";
import type { Fetched, FetchKind, FetchTools } from "../fetch/tools.ts";
import { receive } from "./receive.ts";
import { type Answer, HttpSession } from "./session.ts";
import { type Validators, validatorsOf } from "./validators.ts";

export const fetchList: FetchKind<ListTask> = async (task, known, tools) => {
  const session = new HttpSession(task, tools);
  try {
    return await tools.retrying(() => fetchOnce(session, task, known, tools));
  } finally {
    await session.close();
  }
};

function fetchOnce(session: HttpSession, task: ListTask, known: CopyFacts | undefined, tools: FetchTools) {
  const asksWhole = known === undefined || tools.mode === "force";
  const validators: Validators = asksWhole ? {} : { etag: known.etag, lastModified: known.lastModified };
  return session.ask({ headers: conditionOf(validators), statuses: [200, 304] }, async (answer): Promise<Fetched> => {
    const checkedAt = tools.now();
    if (answer.status === 200) return keep(task, answer, known, tools);
    const hasAsked = validators.etag !== undefined || validators.lastModified !== undefined;
    if (known !== undefined && hasAsked) return { kind: "not-modified", copy: { ...known, checkedAt } };
    throw new FetchFailure(
      "its host says that nothing has changed (304) though we have no copy and did not ask so",
      "Its operator must fix it",
    );
  });
}

function conditionOf({ etag, lastModified }: Validators): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { "if-none-match": etag }),
    ...(lastModified === undefined ? {} : { "if-modified-since": lastModified }),
  };
}

async function keep(task: ListTask, answer: Answer, known: CopyFacts | undefined, tools: FetchTools): Promise<Fetched> {
  const written = await receive(task, answer, tools.onBytes);
  return keepAs(written, known, tools.now(), validatorsOf(answer.headers));
}
