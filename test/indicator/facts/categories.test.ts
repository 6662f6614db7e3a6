import { expect, test } from "vitest";
import { Categories } from "../../../src/indicator/facts/categories.ts";

test.each([
  [['rsit:fraud="phishing"'], "phishing"],
  [['circl:incident-classification="phishing"'], "phishing"],
  [['rsit:malicious-code="c2-server"'], "c2"],
  [["Command and Control"], "c2"],
  [['rsit:abusive-content="child-sexual-exploitation"'], "csam"],
  [["remote-access-trojan"], "malware"],
  [['misp-galaxy:ransomware="LockBit"'], undefined],
  [["tlp:amber", 'osint:lifetime="perpetual"'], undefined],
  [[], undefined],
])("%j is %s", (words, category) => {
  expect(new Categories().of(words)).toBe(category);
});

test("of several words the more telling one counts, whatever their order", () => {
  const categories = new Categories();
  expect(categories.of(["malware", "c2", "botnet"])).toBe("c2");
  expect(categories.of(["botnet", "c2", "malware"])).toBe("c2");
});

test("the table of the source comes first, in the order of the words", () => {
  const categories = new Categories({ 'RSIT:fraud="phishing"': "lookalike", malware: "loader" });
  expect(categories.of(["c2", 'rsit:Fraud="phishing"', "malware"])).toBe("lookalike");
  expect(categories.of(["c2"])).toBe("c2");
  expect(categories.own("Malware ")).toBe("loader");
  expect(categories.own("c2")).toBeUndefined();
});

test("names that every object has are words like others", () => {
  expect(new Categories().of(["constructor", "__proto__", "toString"])).toBeUndefined();
});
