import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { nameFromText } from "../../src/dns/name.ts";
import { serial } from "../../src/dns/serial.ts";
import { defaultLimits } from "../../src/xfr/limits.ts";
import type { Transfer } from "../../src/xfr/query.ts";
import { ResponseContext } from "../../src/xfr/response-context.ts";
import { TransferWriter } from "../../src/xfr/transfer-writer.ts";

/** A kernel that takes what it is given when the test says so. */
class SlowKernel implements Pick<Socket, "write"> {
  readonly writes: number[] = [];
  #taken: (() => void) | undefined;

  write(octets: Uint8Array | string, ...rest: unknown[]): boolean {
    this.writes.push(octets.length);
    this.#taken = rest.at(-1) as () => void;
    return false;
  }

  take(): void {
    this.#taken?.();
  }
}

const transferOf = (messages: Iterator<Uint8Array>): Transfer => ({
  kind: "axfr",
  full: true,
  repairs: false,
  client: { address: "192.0.2.1", key: "" },
  apex: nameFromText("rpz.example"),
  serial: serial(1),
  from: undefined,
  messages,
});

const writerOf = (
  kernel: SlowKernel,
  messages: Iterator<Uint8Array>,
  signal: AbortSignal,
  endsApart = false,
): TransferWriter => {
  const context = new ResponseContext({
    id: 1,
    flags: 0,
    question: undefined,
    edns: undefined,
    keepaliveMs: undefined,
    isEncrypted: false,
    signer: undefined,
  });
  return new TransferWriter(kernel, context, transferOf(messages), defaultLimits, signal, endsApart);
};

test("the octets of a message are given back once it is in the write, and no sooner", async () => {
  const whole = Array.from({ length: 9 }, () => new Uint8Array(16_000));
  const shared = new Uint8Array(32_000);
  const all = [...whole, shared.subarray(0, 16_000)];
  const kernel = new SlowKernel();
  const writer = writerOf(kernel, all.values(), new AbortController().signal);
  writer.readAhead();
  expect(all.map(({ length }) => length)).toEqual(all.map(() => 16_000));
  const end = writer.write();
  // The ninth waits for the next write.
  expect(all.map(({ length }) => length)).toEqual([...Array<number>(8).fill(0), 16_000, 16_000]);
  kernel.take();
  expect(all.map(({ length }) => length)).toEqual([...Array<number>(9).fill(0), 16_000]);
  kernel.take();
  expect(await end).toEqual({ kind: "complete", octets: 160_000, messages: 10 });
});

test("one write at a time is read ahead of a client that takes nothing, however large the zone", async () => {
  let read = 0;
  function* messages(): Generator<Uint8Array> {
    for (; read < 1000; read++) yield new Uint8Array(16_000);
  }
  const kernel = new SlowKernel();
  const abort = new AbortController();
  const writer = writerOf(kernel, messages(), abort.signal);
  writer.readAhead();
  const end = writer.write();
  expect(kernel.writes).toEqual([8 * 16_002]);
  // One that did not fit any more waits for the next write.
  expect(read).toBeLessThanOrEqual(8);
  kernel.take();
  expect(kernel.writes).toEqual([8 * 16_002, 8 * 16_002]);
  expect(read).toBeLessThanOrEqual(17);
  abort.abort(new Error("the client is gone"));
  expect(await end).toEqual({ kind: "cut", octets: 16 * 16_000, why: "the client is gone" });
  kernel.take();
  expect(kernel.writes).toHaveLength(2);
});

test.each([
  [1, [102]],
  [2, [102, 102]],
  [9, [8 * 102, 102]],
])("of %i messages over TLS the last one is a write of its own", async (count, writes) => {
  const kernel = new SlowKernel();
  const messages = Array.from({ length: count }, () => new Uint8Array(100));
  const writer = writerOf(kernel, messages.values(), new AbortController().signal, true);
  writer.readAhead();
  const end = writer.write();
  for (let i = 1; i < writes.length; i++) kernel.take();
  expect(kernel.writes).toEqual(writes);
  kernel.take();
  expect(await end).toEqual({ kind: "complete", octets: 100 * count, messages: count });
});
