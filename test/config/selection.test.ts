import { expect, test } from "vitest";
import { type Known, mayTake, type Refusal, refusalOf, type Selecting } from "../../src/config/selection.ts";
import type { ListSourceConfig } from "../../src/config/types.ts";
import type { TakeConfig } from "../../src/config/zone-types.ts";
import { sourceOf } from "../mill/stored-lists.ts";

const others: Selecting = {
  categories: ["phishing"],
  minConfidence: 40,
  maxTlp: "amber",
  maxPap: "green",
  audience: "others",
};
const own: Selecting = { ...others, maxTlp: "red", audience: "own" };
const entry: Known = { category: "phishing", confidence: 50, tlp: "clear", pap: "clear" };

test.each<[Partial<Known>, Refusal | undefined, Refusal | undefined]>([
  [{}, undefined, undefined],
  [{ category: "adult" }, "category", "category"],
  [{ confidence: 40 }, undefined, undefined],
  [{ confidence: 39 }, "confidence", "confidence"],
  [{ tlp: "green" }, undefined, undefined],
  [{ tlp: "amber" }, undefined, undefined],
  [{ tlp: "amber+strict" }, "tlp", undefined],
  [{ tlp: "red" }, "tlp", undefined],
  [{ pap: "green" }, undefined, undefined],
  [{ pap: "amber" }, "pap", "pap"],
  [{ pap: "red" }, "pap", "pap"],
  [{ distribution: "organisation" }, "distribution", undefined],
  [{ distribution: "sharing-group" }, "distribution", undefined],
  [{ distribution: "community" }, undefined, undefined],
  [{ distribution: "connected" }, undefined, undefined],
  [{ distribution: "all" }, undefined, undefined],
])("an entry of %j", (said, forOthers, forOwn) => {
  expect(refusalOf(others, false, { ...entry, ...said })).toBe(forOthers);
  expect(refusalOf(own, false, { ...entry, ...said })).toBe(forOwn);
});

test.each<[Partial<Selecting>, Partial<Known>, Refusal | undefined]>([
  [{ campaigns: ["red fox"] }, { campaign: "Red Fox" }, undefined],
  [{ campaigns: ["red fox"] }, { campaign: "Blue Fox" }, "category"],
  [{ families: ["emotet"] }, { family: "Emotet" }, undefined],
  [{ families: ["emotet"] }, { campaign: "emotet" }, "category"],
  [{ events: ["a", "b"] }, { event: "b" }, undefined],
  [{ events: ["a", "b"] }, {}, "category"],
  [{ families: ["emotet"] }, { family: "Emotet", tlp: "red" }, "tlp"],
])("a zone that takes %j of an entry of another category with %j", (more, said, refusal) => {
  expect(refusalOf({ ...others, ...more }, false, { ...entry, category: "adult", ...said })).toBe(refusal);
});

test("a source whose entries may belong to something that a zone takes is one of its sources", () => {
  const takes: TakeConfig = { ...others, sources: [], triggers: ["qname"], families: ["emotet"] };
  const source = sourceOf("s0", 0, { category: "adult" });
  expect(mayTake(takes, source)).toBe(false);
  expect(mayTake(takes, { ...source, fields: { family: 1 } })).toBe(true);
  expect(mayTake(takes, { ...source, fields: { campaign: 1 } })).toBe(false);
});

test("a source that is named is taken whatever the category of its entries", () => {
  expect(refusalOf(others, true, { ...entry, category: "adult" })).toBeUndefined();
});

const take: TakeConfig = { ...others, sources: ["named"], triggers: ["qname"] };

test.each<[string, string, Partial<ListSourceConfig>, boolean]>([
  ["that is named", "named", { category: "adult" }, true],
  ["of a category that is taken", "s0", { category: "phishing" }, true],
  ["of another category", "s0", { category: "adult" }, false],
  ["of another category, whose entries may have one", "s0", { category: "adult", fields: { category: 1 } }, true],
  ["of too little confidence", "named", { confidence: 10 }, false],
  [
    "of too little confidence, whose entries may have more",
    "named",
    { confidence: 10, fields: { confidence: 1 } },
    true,
  ],
  ["that is too confidential", "named", { tlp: "red" }, false],
  ["that is too confidential, whose entries may be less so", "named", { tlp: "red", fields: { tlp: 1 } }, true],
  ["that must not be acted upon", "named", { pap: "red" }, false],
  ["that must not be acted upon, whose entries may", "named", { pap: "red", fields: { pap: 1 } }, true],
])("of a source %s a zone may take entries", (_, id, more, may) => {
  expect(mayTake(take, sourceOf(id, 0, { confidence: 50, ...more }))).toBe(may);
});
