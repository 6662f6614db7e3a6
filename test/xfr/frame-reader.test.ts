import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameReader } from "../../src/xfr/frame-reader.ts";
import { requestBytesMax } from "../../src/xfr/request-bounds.ts";
import { framed } from "./client.ts";

function framesOf(reader: FrameReader): Buffer[] {
  const frames: Buffer[] = [];
  for (let frame = reader.take(); frame !== undefined; frame = reader.take()) frames.push(Buffer.from(frame));
  return frames;
}

describe("a stream of frames", () => {
  test("gives the same messages however its octets arrive", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        fc.boolean(),
        (messages, steps, takesBetween) => {
          const stream = Buffer.concat(messages.map(framed));
          const reader = new FrameReader();
          const seen: Buffer[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const end = at + (steps[i % steps.length] as number);
            reader.push(stream.subarray(at, end));
            if (takesBetween) seen.push(...framesOf(reader));
            at = end;
          }
          seen.push(...framesOf(reader));
          expect(seen).toEqual(messages.map((message) => Buffer.from(message)));
          expect(reader.waitingBytes).toBe(0);
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });

  test("keeps one octet more than a request may have of a longer message, and finds the next one behind it", () => {
    const long = Buffer.alloc(65_535, 1);
    const short = Buffer.from("short");
    const reader = new FrameReader();
    const stream = Buffer.concat([framed(long), framed(short)]);
    for (let at = 0; at < stream.length; at += 1000) {
      reader.push(stream.subarray(at, at + 1000));
      if (at < 60_000) expect(reader.take()).toBeUndefined();
      expect(reader.waitingBytes).toBeLessThan(8192 + 5000);
    }
    expect(framesOf(reader).map(({ length }) => length)).toEqual([requestBytesMax + 1, short.length]);
  });
});

describe("what waits", () => {
  test("is counted with what each piece costs beside its octets", () => {
    const reader = new FrameReader();
    for (let i = 0; i < 1000; i++) reader.push(Uint8Array.of(0));
    expect(reader.waitingBytes).toBeGreaterThan(100_000);
    expect(framesOf(reader)).toHaveLength(500);
    expect(reader.waitingBytes).toBe(0);
  });

  test("is at most a request, once all that came was taken", () => {
    const reader = new FrameReader();
    reader.push(Uint8Array.of(0xff, 0xff, 1, 2, 3));
    expect(reader.take()).toBeUndefined();
    expect(reader.waitingBytes).toBe(requestBytesMax + 1);
  });
});
