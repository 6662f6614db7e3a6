/** How the refresh of the guard lists ends where it cannot go on: one line, exit code 1. */
export function fail(message) {
  console.error(`refresh-guards: ${message}`);
  process.exit(1);
}
