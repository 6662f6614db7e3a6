/** What a reading of a source with facts would change, for people to look at. */
import type { Statements } from "../../indicator/entry/statements.ts";
import { ContentDigest, type Look, TopNames } from "../hold-change.ts";
import type { RankOf } from "../popularity.ts";
import type { Reports } from "./reports.ts";

type OnKey = (key: Uint8Array, before: Statements, now: Statements) => void;

/** `tryAll` compiles the reading without writing anything. */
export function lookAtReports(reports: Reports, tryAll: (onKey: OnKey) => unknown, rankOf: RankOf): Look {
  const digest = new ContentDigest();
  for (const { key, flags, text } of reports.walk()) {
    digest.add(key, key.length, flags);
    digest.addText(text);
  }
  const top = new TopNames(rankOf);
  tryAll((key, before, now) => {
    if (before.count === 0 && now.count > 0) top.add("added", key, key.length);
    else if (before.count > 0 && now.count === 0) top.add("removed", key, key.length);
    else if (before.allFlags !== now.allFlags) top.add("changed", key, key.length);
  });
  return { content: digest.end(), names: top.names };
}
