import { expect, test, vi } from "vitest";
import { HandshakeQueue } from "../../src/xfr/handshake-queue.ts";

test("strangers take turns, the last to come first; who left has none, and known clients begin at once", () => {
  vi.useFakeTimers();
  try {
    const queue = new HandshakeQueue({ strangersHandshakesPerSecond: 100 });
    const begun: string[] = [];
    const add = (name: string, isKnown = false): (() => void) => queue.add(isKnown, () => void begun.push(name));
    add("a");
    add("b");
    const leave = add("c");
    add("d");
    add("known", true);
    expect(begun).toEqual(["a", "known"]);
    vi.advanceTimersByTime(10);
    expect(begun).toEqual(["a", "known", "d"]);
    leave();
    vi.advanceTimersByTime(100);
    expect(begun).toEqual(["a", "known", "d", "b"]);
    add("e");
    expect(begun.at(-1)).toBe("e");
  } finally {
    vi.useRealTimers();
  }
});
