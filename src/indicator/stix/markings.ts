/**
 * What STIX marking definitions say: TLP 1 and 2, which have ids of their own and need not come with what they mark, and PAP and
 * "the source must not be named", which platforms write as statements or by names.
 */
import { type Pap, paps, stricter, type Tlp, tlpOf, tlps } from "../facts/facts.ts";
import { papMarkingOf, tlpMarkingOf } from "../facts/marking.ts";
import { type JsonObject, textIn } from "../format/json-objects.ts";

/** What markings say together. */
export interface MarkingLevels {
  readonly tlp?: Tlp | undefined;
  readonly pap?: Pap | undefined;
  readonly hidesSource?: boolean;
}

/** By id: STIX 2.1 section 7.2.1.4, TLP 2.0 as OASIS publishes it, and TLP:AMBER+STRICT as a platform had it before. */
const wellKnown: ReadonlyMap<string, MarkingLevels> = new Map(
  (
    [
      ["613f2e26-407d-48c7-9eca-b8e91df99dc9", "clear"],
      ["34098fce-860f-48ae-8e50-ebd3cc5e41da", "green"],
      ["f88d31f6-486f-44da-b317-01333bde0b82", "amber"],
      ["5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "red"],
      ["94868c89-83c2-464b-929b-a1a8aa3c8487", "clear"],
      ["bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "green"],
      ["55d920b0-5e8b-4f79-9ee9-91f868d9b421", "amber"],
      ["939a9414-2ddd-4d32-a0cd-375ea402b003", "amber+strict"],
      ["826578e1-40ad-459f-bc73-ede076f81f37", "amber+strict"],
      ["e828b379-4e03-4974-9ac4-e53a884c97c1", "red"],
    ] as const
  ).map(([uuid, tlp]) => [`marking-definition--${uuid}`, { tlp }]),
);

export function wellKnownMarking(id: string): MarkingLevels | undefined {
  return wellKnown.get(id);
}

/** Both, the stricter of each. */
export function combineMarkings(a: MarkingLevels, b: MarkingLevels): MarkingLevels {
  return {
    tlp: stricter(tlps, a.tlp, b.tlp),
    pap: stricter(paps, a.pap, b.pap),
    hidesSource: (a.hidesSource ?? false) || (b.hidesSource ?? false),
  };
}

/**
 * What a marking definition says; nothing where it is another kind of statement. Undefined where it is to be a TLP or a PAP and
 * cannot be read.
 */
export function markingIn(definition: JsonObject): MarkingLevels | undefined {
  const texts = [textIn(definition, "name") ?? ""];
  const body = definition.get("definition");
  const type = textIn(definition, "definition_type")?.toLowerCase() ?? "";
  if (body instanceof Map) {
    for (const key of body.keys()) {
      const said = textIn(body, key);
      if (said === undefined) continue;
      // `{"tlp": "amber"}` names its protocol by its key.
      const isBare = (key.toLowerCase() === "tlp" || key.toLowerCase() === "pap") && !said.includes(":");
      texts.push(isBare ? `${key}:${said}` : said);
    }
  }
  const extensions = definition.get("extensions");
  const extended = extensions instanceof Map ? [...extensions.values()] : [];
  for (const extension of extended) {
    const level = extension instanceof Map ? textIn(extension, "tlp_2_0") : undefined;
    if (level !== undefined) texts.push(`tlp:${level}`);
  }
  const marking = markingOfWords(texts);
  const isUnsaid = (type === "tlp" && marking?.tlp === undefined) || (type === "pap" && marking?.pap === undefined);
  return isUnsaid && marking?.hidesSource !== true ? undefined : marking;
}

/** What words say that may be markings, as labels; undefined where one is to be a TLP or a PAP and cannot be read. */
export function markingOfWords(words: readonly string[]): MarkingLevels | undefined {
  let levels: MarkingLevels = {};
  for (const word of words) {
    const text = word.trim();
    if (/^tlp(?: ?v?\d(?:\.\d)?)?\s*:/i.test(text)) {
      const said = tlpMarkingOf(text);
      if (said === undefined) return undefined;
      levels = combineMarkings(levels, { tlp: said.level ?? tlpOf(text), hidesSource: said.hidesSource });
    } else if (/^pap\s*:/i.test(text)) {
      const said = papMarkingOf(text);
      if (said?.level === undefined) return undefined;
      levels = combineMarkings(levels, { pap: said.level });
    }
  }
  return levels;
}
