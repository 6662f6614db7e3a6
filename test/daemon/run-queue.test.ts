import { expect, test } from "vitest";
import { BuildQueue } from "../../src/daemon/build-queue.ts";

/** A queue whose builds end when the test says so. */
function queueOfSteps() {
  const started: (readonly string[])[] = [];
  const ends: (() => void)[] = [];
  const queue = new BuildQueue({
    build: (reread) => {
      started.push(reread);
      return new Promise((resolve) => ends.push(resolve));
    },
  });
  const endOne = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, started, endOne };
}

test("a request starts a build at once", () => {
  const { queue, started } = queueOfSteps();
  queue.request(["a"]);
  expect(started).toEqual([["a"]]);
});

test("whatever comes during a build gives one more after it, with all that was asked for", async () => {
  const { queue, started, endOne } = queueOfSteps();
  queue.request();
  queue.request(["a"]);
  queue.request(["b", "a"]);
  queue.request();
  expect(started).toEqual([[]]);
  await endOne();
  expect(started).toEqual([[], ["a", "b"]]);
  await endOne();
  expect(started).toHaveLength(2);
  queue.request();
  expect(started).toHaveLength(3);
});

test("a closed queue waits for the running build and starts no other", async () => {
  const { queue, started, endOne } = queueOfSteps();
  queue.request();
  queue.request(["a"]);
  let closed = false;
  const closing = (async () => {
    await queue.close();
    closed = true;
  })();
  await Promise.resolve();
  expect(closed).toBe(false);
  await endOne();
  await closing;
  queue.request();
  expect(started).toEqual([[]]);
});
