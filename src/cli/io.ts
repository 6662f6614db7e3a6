/** What a command sees of the world: two outputs, an input, variables, a clock and signals, so that tests can stand in for all. */
import { readSync, writeSync } from "node:fs";
import { type Clock, systemClock } from "../base/clock.ts";

export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Thrown by a write whose reader has closed its end, as `head` does: the work is done. */
export class ReaderGone extends Error {}

export interface Output {
  /** Returns when all is written. @throws ReaderGone */
  write(chunk: string | Uint8Array): void;
  /** The terminal behind it; undefined where it is a file or a pipe. */
  readonly terminal: NodeJS.WriteStream | undefined;
}

export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Reads all of stdin, and no more than so many octets. */
  readonly readInput: (bytesMax: number) => Uint8Array;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Takes the signals over until the function that it returns is called. */
  onSignal(listener: (signal: Signal) => void): () => void;
  /** Ends the process at once. */
  exitNow(code: number): void;
}

/** The real one. */
export function processIo(): Io {
  const stderr = fileOutput(2, process.stderr);
  return {
    stdout: fileOutput(1, process.stdout),
    // Where nobody reads the messages, the work goes on.
    stderr: { terminal: stderr.terminal, write: (chunk) => quietly(() => stderr.write(chunk)) },
    readInput: (bytesMax) => readUpTo(0, bytesMax),
    env: process.env,
    clock: systemClock,
    onSignal(listener) {
      const signals: readonly Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.removeListener(signal, listener);
      };
    },
    exitNow: (code) => process.exit(code),
  };
}

/** Octets of a descriptor up to its end, or the first `bytesMax` of them. */
export function readUpTo(descriptor: number, bytesMax: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let left = bytesMax;
  while (left > 0) {
    const chunk = Buffer.alloc(Math.min(left, 64 * 1024));
    const bytes = readSync(descriptor, chunk);
    if (bytes === 0) break;
    chunks.push(chunk.subarray(0, bytes));
    left -= bytes;
  }
  return Buffer.concat(chunks);
}

/**
 * Writes straight to the descriptor: a stream would queue a whole zone file in memory, and tell of a closed pipe only
 * later.
 */
function fileOutput(descriptor: number, stream: NodeJS.WriteStream): Output {
  return {
    terminal: stream.isTTY ? stream : undefined,
    write(chunk) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk;
      for (let at = 0; at < bytes.length; ) at += writeSome(descriptor, bytes, at);
    },
  };
}

function writeSome(descriptor: number, bytes: Uint8Array, at: number): number {
  try {
    return writeSync(descriptor, bytes, at, bytes.length - at);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EPIPE") throw new ReaderGone("the reader has gone", { cause: error });
    if (code !== "EAGAIN") throw error;
    // A pipe that another program set to non-blocking, and that is full: wait a moment for its reader.
    Atomics.wait(pause, 0, 0, 2);
    return 0;
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

function quietly(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof ReaderGone)) throw error;
  }
}
