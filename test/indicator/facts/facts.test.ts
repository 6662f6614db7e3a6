import { describe, expect, it } from "vitest";
import {
  confidenceOf,
  distributionOf,
  labelOf,
  papOf,
  stricter,
  tlpOf,
  tlps,
} from "../../../src/indicator/facts/facts.ts";
import { secondsMax, secondsOf } from "../../../src/indicator/moment.ts";

describe("facts as feeds write them", () => {
  it.each([
    ["TLP:CLEAR", "clear"],
    ["tlp:white", "clear"],
    [" Green ", "green"],
    ["TLP:AMBER", "amber"],
    ["tlp:amber+strict", "amber+strict"],
    ["TLP:AMBER_STRICT", "amber+strict"],
    ["red", "red"],
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
    ["0", 0],
    ["85", 85],
    ["100", 100],
    ["90 %", 90],
    ["75.0", 75],
    ["High", 85],
    ["Med", 50],
    ["usually-confident", 75],
    ["B", 75],
    ["101", undefined],
    ["0.8", undefined],
    ["-1", undefined],
    ["1e2", undefined],
    ["", undefined],
    ["sure", undefined],
  ])("confidence %j is %s", (text, confidence) => expect(confidenceOf(text)).toBe(confidence));

  it.each([
    ["0", "organisation"],
    ["3", "all"],
    ["4", "sharing-group"],
    ["Sharing group", "sharing-group"],
    ["5", undefined],
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

describe("times as feeds write them", () => {
  it.each([
    ["2026-11-24T10:00:00Z", 1_795_514_400],
    ["2026-11-24T10:00:00.999Z", 1_795_514_400],
    ["2026-11-24 10:00:00", 1_795_514_400],
    ["2026-11-24 10:00:00 UTC", 1_795_514_400],
    ["2026-11-24T11:00:00+01:00", 1_795_514_400],
    ["2026-11-24T11:00:00+0100", 1_795_514_400],
    ["2026-11-24T10:00Z", 1_795_514_400],
    ["1795514400", 1_795_514_400],
    ["1795514400.5", 1_795_514_400],
    ["1795514400000", 1_795_514_400],
    ["2026-11-24", 1_795_478_400],
    ["9999-12-31T23:59:59Z", secondsMax],
    ["0000000000", 0],
    ["2026-06-31", undefined],
    ["2026-13-01", undefined],
    ["2026-11-24T25:00:00Z", undefined],
    ["24.11.2026", undefined],
    ["11/24/2026", undefined],
    ["tomorrow", undefined],
    ["12345", undefined],
    ["1999-01-01", undefined],
    ["", undefined],
  ])("%j is %s", (text, seconds) => expect(secondsOf(text)).toBe(seconds));

  it("are the end of a day where what is valid until it is meant", () => {
    expect(secondsOf("2026-11-24", true)).toBe(1_795_478_400 + 86_400);
    expect(secondsOf("2026-11-24T00:00:00Z", true)).toBe(1_795_478_400);
    expect(secondsOf("9999-12-31", true)).toBe(secondsMax);
  });
});
