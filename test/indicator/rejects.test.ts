import { describe, expect, it } from "vitest";
import { Rejects, samplesMax, sampleTextMax } from "../../src/indicator/rejects.ts";

describe("rejects", () => {
  it("are all counted, and the first hundred of each reason are kept", () => {
    const rejects = new Rejects();
    for (let line = 1; line <= 250; line++) rejects.add("single-label", line, `word${line}`);
    rejects.add("empty-label", 7, "a..b");
    expect(rejects.counts).toEqual({ "single-label": 250, "empty-label": 1 });
    expect(rejects.samples["single-label"]).toHaveLength(samplesMax);
    expect(rejects.samples["single-label"]?.at(-1)).toEqual({ line: 100, text: "word100" });
    expect(rejects.samples["empty-label"]).toEqual([{ line: 7, text: "a..b" }]);
    expect(rejects.total).toBe(251);
  });

  it("do not count what was ignored in their total", () => {
    const rejects = new Rejects();
    rejects.add("boilerplate", 1, "127.0.0.1 localhost");
    expect(rejects.total).toBe(0);
    expect(rejects.counts).toEqual({ boilerplate: 1 });
  });

  it("show octets of any kind as printable ASCII, cut short", () => {
    const rejects = new Rejects();
    rejects.add("binary", 1, Uint8Array.of(0x1b, 0x5b, 0x41, 0xc3, 0xbc, 0xff, 0x00));
    rejects.add("binary", 2, Uint8Array.from(Buffer.from("skip this, show that")), 11, 15);
    rejects.add("binary", 3, "ü".repeat(5000));
    const [first, second, third] = rejects.samples.binary ?? [];
    expect(first?.text).toBe("\\u{1b}[A\\u{fc}\\u{fffd}\\u{0}");
    expect(second?.text).toBe("show");
    expect(third?.text.length).toBeLessThanOrEqual(sampleTextMax);
    expect(third?.text).toMatch(/^(?:\\u\{fc\})+$/);
  });

  it("of parts of a list are joined with the lines of the whole", () => {
    const first = new Rejects();
    const second = new Rejects();
    for (let line = 1; line <= 60; line++) first.add("single-label", line, "a");
    for (let line = 1; line <= 60; line++) second.add("single-label", line, "b");
    second.add("binary", 3, "c");
    first.merge(structuredClone(second.report()), 1000);
    expect(first.counts).toEqual({ "single-label": 120, binary: 1 });
    expect(first.samples["single-label"]).toHaveLength(100);
    expect(first.samples["single-label"]?.[60]).toEqual({ line: 1001, text: "b" });
    expect(first.samples.binary).toEqual([{ line: 1003, text: "c" }]);
  });
});
