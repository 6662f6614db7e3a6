import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tlps } from "../../../src/indicator/facts/facts.ts";
import { papMarkingOf, tlpMarkingOf } from "../../../src/indicator/facts/marking.ts";

describe("a cell of tags", () => {
  it.each([
    ["tlp:clear,tlp:red", "red"],
    ["tlp:red, tlp:clear", "red"],
    ['["tlp:clear","tlp:amber"]', "amber"],
    ['tlp:green,osint:lifetime="perpetual"', "green"],
    ['misp-galaxy:threat-actor="A, tlp:red",tlp:green', "green"],
    ['"tlp:green"', "green"],
    ["tlp:green|PAP:RED", "green"],
    ["tlp:green,Ransomware", "green"],
    ["osint:x,Ransomware", undefined],
    ["PAP:RED", undefined],
    ["clear; RED", "red"],
    ["", undefined],
    ["[]", undefined],
  ])("of TLP, %j, is %s", (text, level) => expect(tlpMarkingOf(text)).toEqual({ level, hidesSource: false }));

  it.each([
    "GELB",
    "tlp:purple",
    "tlp:green,tlp:unclear",
    "TLP:AMBER+STRICT (intern)",
    "tlp:green tlp:red",
    "phishing,bot",
  ])("of TLP, %j, cannot be read", (text) => expect(tlpMarkingOf(text)).toBeUndefined());

  it.each([
    ["tlp:ex:chr", undefined],
    ["tlp:amber,TLP:EX:CHR", "amber"],
  ])("%j hides the source, and is no level", (text, level) =>
    expect(tlpMarkingOf(text)).toEqual({ level, hidesSource: true }),
  );

  it.each([
    ["tlp:red,PAP:GREEN", "green"],
    ["pap:green,pap:white,PAP:RED", "red"],
    ["tlp:red", undefined],
  ])("of PAP, %j, is %s", (text, level) => expect(papMarkingOf(text)?.level).toBe(level));

  it("never says less than any of its tags", () => {
    const levels = fc.array(fc.constantFrom(...tlps), { minLength: 1, maxLength: 6 });
    const others = fc.array(fc.constantFrom("osint:x", 'a:b="c, d"', "Word"), { maxLength: 3 });
    fc.assert(
      fc.property(levels, others, fc.nat(), (said, other, seed) => {
        const tags = [...said.map((level) => `TLP:${level}`), ...other];
        const turned = [...tags.slice(seed % tags.length), ...tags.slice(0, seed % tags.length)];
        const strictest = Math.max(...said.map((level) => tlps.indexOf(level)));
        expect(tlpMarkingOf(turned.join(","))?.level).toBe(tlps[strictest]);
      }),
    );
  });
});
