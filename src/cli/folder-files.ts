/** The files of a source that is a folder, for people and for programs. */
import { isoTime } from "../base/clock.ts";
import { counted, number } from "../base/counted.ts";
import type { ListSourceConfig } from "../config/types.ts";
import { type FolderFile, readIndex } from "../feed/folder/index-file.ts";
import { size, table } from "./text.ts";

/** Undefined of a source that is no folder; none of one that was never looked into. */
export function filesOf({ fetch, from }: Pick<ListSourceConfig, "fetch" | "from">): readonly FolderFile[] | undefined {
  return fetch?.kind === "folder" ? (readIndex(from)?.files ?? []) : undefined;
}

export function fileAsJson({ name, state, reason, since, bytes, changedAt, content }: FolderFile) {
  return {
    name,
    state,
    reason: reason ?? null,
    since: isoTime(since),
    bytes: bytes ?? null,
    changedAt: changedAt === undefined ? null : isoTime(changedAt),
    takenAt: content === undefined ? null : isoTime(content.takenAt),
    sha256: content?.sha256 ?? null,
    format: content?.format ?? null,
    entries: content?.entries ?? 0,
    rejects: content?.rejects ?? 0,
  };
}

/** How many there are in each state. */
export function filesInWords(files: readonly FolderFile[]): string {
  const count = (state: FolderFile["state"]): number => files.filter((file) => file.state === state).length;
  const [refused, passed] = [count("refused"), count("passed")];
  const kept = files.filter(({ state, content }) => state === "refused" && content !== undefined).length;
  return [
    counted(count("accepted"), "accepted", "accepted"),
    ...(refused === 0 ? [] : [`${number(refused)} refused, of which ${number(kept)} keep what they held before`]),
    ...(passed === 0 ? [] : [`${number(passed)} passed over`]),
  ].join(", ");
}

/** Digits of a hash that tell files apart. */
const shownDigits = 12;

export function filesTable(files: readonly FolderFile[]): string {
  const columns = [
    { head: "file" },
    { head: "state" },
    { head: "taken" },
    { head: "sha256" },
    { head: "octets", right: true },
    { head: "entries", right: true },
    { head: "rejects", right: true },
    { head: "reason" },
  ];
  const rows = files.map(({ name, state, content, bytes, reason }) => [
    name,
    state === "passed" ? "passed over" : state,
    content === undefined ? "-" : isoTime(content.takenAt),
    content === undefined ? "-" : content.sha256.slice(0, shownDigits),
    bytes === undefined ? "-" : size(bytes),
    number(content?.entries ?? 0),
    number(content?.rejects ?? 0),
    reason ?? "",
  ]);
  return table(columns, rows);
}
