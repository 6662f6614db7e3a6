#!/usr/bin/env node
/**
 * The executable `rpzmill`. It imports nothing by itself: on a Node that is too old the store's binding crashes while it
 * is loaded, so the version is looked at first.
 */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major >= 24 || (major === 22 && minor >= 19)) {
  const { processIo } = await import("./io.ts");
  const { main } = await import("./program.ts");
  process.exitCode = await main(process.argv.slice(2), processIo());
} else {
  process.stderr.write(
    `Cannot run on Node ${process.versions.node}: rpzmill needs Node 22.19 or newer, or 24 or newer\n` +
      "In a clone, npm start and npx rpzmill bring a Node of their own; elsewhere, install Node 24\n",
  );
  process.exitCode = 2;
}
