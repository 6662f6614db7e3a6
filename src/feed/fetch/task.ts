/** What a fetch is given: the list, its copy and its bounds, and how the world around it is reached. Tasks are plain data. */
import type {
  FetchConfig,
  FolderFetchConfig,
  HttpConfig,
  ListFetchConfig,
  MispFeedFetchConfig,
  MispFetchConfig,
  TaxiiFetchConfig,
  TransferFetchConfig,
} from "../../config/types.ts";
import type { FileReading } from "../feed.ts";

/** What a task says besides how its list is fetched. */
interface CopyPlace {
  /** The name of the list's snapshots. */
  readonly name: string;
  /** Absolute path of the copy. */
  readonly file: string;
  /** Octets that the list may have once expanded. */
  readonly expandedBytesMax: number;
}

type TaskOf<Config> = Config extends FetchConfig ? Config & CopyPlace : never;

/** Of a folder, whose files are looked into as they come. */
export interface FolderTask extends FolderFetchConfig, CopyPlace {
  readonly reading: FileReading;
}

/** Of each kind of fetch. */
export type FetchTask = TaskOf<Exclude<FetchConfig, FolderFetchConfig>> | FolderTask;
/** Of all that is fetched by HTTP. */
export type HttpTask = HttpConfig & CopyPlace;
/** Of the events of a MISP. */
export type MispTask = TaskOf<MispFetchConfig>;
/** Of a feed of MISP events. */
export type MispFeedTask = TaskOf<MispFeedFetchConfig>;
/** Of a list that is one answer. */
export type ListTask = TaskOf<ListFetchConfig>;
/** Of a policy zone. */
export type TransferTask = TaskOf<TransferFetchConfig>;
/** Of a collection of a TAXII server. */
export type TaxiiTask = TaskOf<TaxiiFetchConfig>;

/** The task of a list; undefined where it is a file. `readingOf` is asked where a fetch looks into what it brings. */
export function taskOf(
  name: string,
  { from, fetch, expandedBytesMax }: { from: string; fetch?: FetchConfig; expandedBytesMax: number },
  readingOf: () => FileReading,
): FetchTask | undefined {
  if (fetch === undefined) return undefined;
  const place: CopyPlace = { name, file: from, expandedBytesMax };
  if (fetch.kind === "folder") return { ...fetch, ...place, reading: readingOf() };
  // A copy of plain values: what a configuration hides when it is printed must reach the process that fetches.
  return { ...fetch, ...place };
}

/** How a name is resolved, as `dns.lookup` with `all` does; replaced in tests. */
export type Resolve = (hostname: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** Times after which a step is given up. */
export interface StepTimeouts {
  readonly connectMs: number;
  readonly headersMs: number;
  /** Between two parts of an answer. */
  readonly stallMs: number;
}

/** A host in another continent answers within a second or two, a busy one within ten; half a minute of silence is no answer. */
export const stepTimeoutsDefault: StepTimeouts = { connectMs: 10_000, headersMs: 30_000, stallMs: 30_000 };
