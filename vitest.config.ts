import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Real resolvers take seconds to start and to transfer; no test waits by sleeping.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    retry: 0,
    // Two cores: interop tests start servers of their own, so files run two at a time.
    maxWorkers: 2,
  },
});
