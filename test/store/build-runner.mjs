/**
 * One build in a process of its own, out of dist/, that may be made to die at any of its writes. Its one argument is JSON:
 * `config` (path), `nowMs`, and where wanted `workers`, `full`, `accept` (ids), `dieAt` (the number of the write before
 * which it gets SIGKILL, from 1) and `holdAt` (the write before which it says "held" and waits for its end).
 * On stdout it tells, a line of JSON each, the steps it is at and at the end its outcome, its memory and, without
 * `dieAt`, the kinds of writes that it did: how many, and where the first and the last of each came.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import Sqlite from "better-sqlite3";

const { config, nowMs, workers = 1, full = false, accept = [], dieAt, holdAt } = JSON.parse(process.argv[2]);
const { writeSync } = fs;
const tell = (line) => writeSync(1, `${JSON.stringify(line)}\n`);

let writes = 0;
const kinds = {};
function beforeWrite(kind) {
  writes += 1;
  kinds[kind] ??= { first: writes, count: 0 };
  kinds[kind].count += 1;
  kinds[kind].last = writes;
  if (writes === dieAt) process.kill(process.pid, "SIGKILL");
  if (writes === holdAt) {
    tell({ locked: process.pid });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
}

const { prepare } = Sqlite.prototype;
Sqlite.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  const [kind] = /^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) \w+/.exec(sql) ?? [];
  if (kind === undefined) return statement;
  const { run } = statement;
  statement.run = (...bound) => {
    beforeWrite(kind);
    return run.apply(statement, bound);
  };
  return statement;
};
for (const name of ["writeSync", "renameSync", "fsyncSync", "mkdirSync"]) {
  const real = fs[name];
  fs[name] = (...given) => {
    beforeWrite(name);
    return real(...given);
  };
}
syncBuiltinESMExports();

const dist = new URL("../../dist/", import.meta.url);
const { build } = await import(new URL("daemon/build.js", dist));
const { loadConfig } = await import(new URL("config/load.js", dist));
const { silentLogger } = await import(new URL("base/logger.js", dist));

try {
  const { sources, zones } = await build({
    config: loadConfig(config),
    clock: { nowMs: () => nowMs },
    logger: silentLogger,
    full,
    accept: new Set(accept),
    workers,
    onProgress: ({ kind, rules }) => tell({ step: kind, ...(rules === undefined ? {} : { rules }) }),
  });
  tell({
    sources: sources.map(({ outcome, error }) => ({ outcome, code: error?.code, remedy: error?.remedy })),
    zones: zones.map(({ result, error }) => ({ result, code: error?.code, remedy: error?.remedy })),
    writes,
    kinds,
    maxRssBytes: process.resourceUsage().maxRSS * 1024,
  });
} catch (error) {
  tell({ failed: { name: error.name, code: error.code, message: error.message, remedy: error.remedy }, writes });
}
