import { describe, expect, it } from "vitest";
import { distributionOf, labelOf, papOf, stricter, tlpOf, tlps } from "../../../src/indicator/facts/facts.ts";

describe("facts as feeds write them", () => {
  it.each([
    ["TLP:CLEAR", "clear"],
    ["tlp:white", "clear"],
    [" Green ", "green"],
    ["TLP:AMBER", "amber"],
    ["tlp:amber+strict", "amber+strict"],
    ["TLP:AMBER_STRICT", "amber+strict"],
    ["red", "red"],
    ["TLP AMBER", "amber"],
    ["TLP: AMBER + STRICT", "amber+strict"],
    ["amber-strict", "amber+strict"],
    ["TLP-RED", "red"],
    ["TLPv2:GREEN", "green"],
    ["TLP 2.0: RED", "red"],
    ["tlpred", undefined],
    ["AMBER+STRICT (intern)", undefined],
    ["tlp:", undefined],
    ["tlp:unclear", undefined],
    ["pap:red", undefined],
    ["", undefined],
  ])("TLP %j is %s", (text, tlp) => expect(tlpOf(text)).toBe(tlp));

  it.each([
    ["PAP:RED", "red"],
    ["pap:white", "clear"],
    ["amber", "amber"],
    ["amber+strict", undefined],
    ["tlp:red", undefined],
  ])("PAP %j is %s", (text, pap) => expect(papOf(text)).toBe(pap));

  it.each([
    ["0", "organisation"],
    ["3", "all"],
    ["4", "sharing-group"],
    ["Sharing group", "sharing-group"],
    ["Your organisation only", "organisation"],
    ["This community only", "community"],
    ["Connected communities", "connected"],
    ["All communities", "all"],
    ["5", "inherit"],
    ["Inherit event", "inherit"],
    ["6", undefined],
    ["", undefined],
  ])("distribution %j is %s", (text, distribution) => expect(distributionOf(text)).toBe(distribution));

  it.each([
    ["  Emotet \n epoch 4 ", "Emotet epoch 4"],
    ["a\u0000b\u200bc", "a b c"],
    [" \t", undefined],
    ["é".repeat(150), "é".repeat(100)],
    [`x${"é".repeat(150)}`, `x${"é".repeat(99)}`],
  ])("label %j is %j", (text, label) => expect(labelOf(text)).toBe(label));

  it("count the stricter of two markings, and not what is unknown", () => {
    expect(stricter(tlps, "green", "amber")).toBe("amber");
    expect(stricter(tlps, "red", "amber+strict")).toBe("red");
    expect(stricter(tlps, undefined, "green")).toBe("green");
    expect(stricter(tlps, "green", undefined)).toBe("green");
    expect(stricter(tlps)).toBeUndefined();
  });
});
