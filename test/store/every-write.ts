/** What a process leaves behind that is killed just before one of its writes, for each of them. */
import fs, { cpSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import Sqlite from "better-sqlite3";
import { onTestFinished } from "vitest";
import type { BuildFixture } from "../feed/fixture.ts";

/** Calls `before` ahead of every write to the database or the disk, with the kind of write, until the test ends. */
export function watchWrites(before: (kind: string) => void): void {
  const { prepare } = Sqlite.prototype;
  Sqlite.prototype.prepare = function (this: Sqlite.Database, sql: string) {
    const statement = prepare.call(this, sql) as Sqlite.Statement;
    const [kind] = /^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) \w+/.exec(sql) ?? [];
    if (kind === undefined) return statement;
    const { run } = statement;
    statement.run = (...bound: unknown[]) => {
      before(kind);
      return run.apply(statement, bound);
    };
    return statement;
  } as typeof prepare;
  const { exec } = Sqlite.prototype;
  Sqlite.prototype.exec = function (this: Sqlite.Database, sql: string) {
    before(/^\s*(?:CREATE|ALTER) \w+|^\s*\w+/.exec(sql)?.[0].trim() ?? "exec");
    return exec.call(this, sql);
  };
  const names = ["writeSync", "renameSync", "fsyncSync"] as const;
  const real = Object.fromEntries(names.map((name) => [name, fs[name]]));
  for (const name of names) {
    Object.assign(fs, {
      [name]: (...given: unknown[]) => {
        before(name);
        return (real[name] as (...given: unknown[]) => unknown)(...given);
      },
    });
  }
  syncBuiltinESMExports();
  onTestFinished(() => {
    Sqlite.prototype.prepare = prepare;
    Sqlite.prototype.exec = exec;
    Object.assign(fs, real);
    syncBuiltinESMExports();
  });
}

/**
 * Does some work and copies the state folder ahead of each write. A copy is what a process leaves behind that is killed
 * there: what it wrote is in the files, what it has not committed is nowhere, and its locks are gone.
 */
export async function copiesAtEveryWrite(
  fixture: BuildFixture,
  work: () => Promise<unknown>,
): Promise<{ readonly kind: string; readonly folder: string }[]> {
  const copies: { kind: string; folder: string }[] = [];
  let watching = true;
  watchWrites((kind) => {
    if (!watching) return;
    const folder = fixture.path(`killed-${copies.length}`);
    copies.push({ kind, folder });
    cpSync(fixture.path("var"), folder, { recursive: true });
  });
  await work();
  watching = false;
  return copies;
}
