import { describe, expect, it } from "vitest";
import { confidenceOf, isFraction } from "../../../src/indicator/facts/confidence.ts";

describe("a confidence", () => {
  it.each([
    ["0", 0],
    ["85", 85],
    ["100", 100],
    ["90 %", 90],
    ["75.0", 75],
    ["85.5", 85],
    ["10,5", 10],
    ["99.99", 99],
    ["85/100", 85],
    ["3 / 5", 60],
    ["High", 85],
    ["very high", 85],
    ["Med", 50],
    ["niedrig", 15],
    ["sehr hoch", 85],
    ["élevée", 85],
    ["usually-confident", 75],
    ["fairly confident", 50],
    ["B", 75],
    ["B2", 75],
    ["A1", 100],
    ["E5", 0],
    ["None", 0],
    ["1", 1],
    ["F", undefined],
    ["F6", undefined],
    ["101", undefined],
    ["101/100", undefined],
    ["5/0", undefined],
    ["0.8", undefined],
    ["0,9", undefined],
    ["0.75/100", undefined],
    ["-1", undefined],
    ["1e2", undefined],
    ["", undefined],
    ["sure", undefined],
  ])("of %j is %s", (text, confidence) => expect(confidenceOf(text)).toBe(confidence));

  it.each([
    ["0.75", 1, 75],
    ["0,29", 1, 29],
    ["1", 1, 100],
    ["0", 1, 0],
    ["75 %", 1, 75],
    ["1.5", 1, undefined],
    ["high", 1, 85],
    ["7", 10, 70],
    ["7.55", 10, 75],
    ["0.5", 10, 5],
    ["11", 10, undefined],
  ] as const)("of %j on a scale of %d is %s", (text, scale, confidence) =>
    expect(confidenceOf(text, scale)).toBe(confidence),
  );

  it("looks like a share of one where it lies between", () => {
    expect(["0.75", "0,1", " 0.05 "].map(isFraction)).toEqual([true, true, true]);
    expect(["0", "0.0", "1", "1.5", "75", ""].map(isFraction)).toEqual([false, false, false, false, false, false]);
  });
});
