/** The lists of a configuration that are fetched, of every role. */
import { guardListsOf } from "../config/guards.ts";
import { indicatorListsOf } from "../config/source-kinds.ts";
import type { AllowConfig, Config, ListSourceConfig } from "../config/types.ts";
import { type FileReading, fileReadingOf } from "../feed/feed.ts";
import { type FetchTask, taskOf } from "../feed/fetch/task.ts";
import { guardFeed } from "../feed/guard-list.ts";
import { storedNameOfGuard } from "../guard/stored-name.ts";

export function fetchTasksOf({ sources, allow, guards }: Pick<Config, "sources" | "allow" | "guards">): FetchTask[] {
  return [
    ...indicatorListsOf({ sources, allow }).flatMap((list) => taskOf(list.id, list, () => readingOf(list)) ?? []),
    ...guardListsOf(guards).flatMap(
      (guard) => taskOf(storedNameOfGuard(guard.id), guardFeed(guard).list, notForGuards) ?? [],
    ),
  ];
}

/** Only sources have folders. */
function readingOf(list: ListSourceConfig | AllowConfig): FileReading {
  return "category" in list ? fileReadingOf(list) : notForGuards();
}

function notForGuards(): never {
  throw new RangeError("Only the files of a source are read as they are fetched");
}
