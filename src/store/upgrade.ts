/**
 * Brings a store of an older schema up to date, under the build lock. It is copied first, so that the older program can
 * be gone back to; servers read it all the while, since migrations only add.
 */
import { copyStore } from "./copy.ts";
import { copyOfSchema, type Database, migrate, schemaOf, storeFault } from "./database.ts";
import { migrations } from "./schema.ts";

export interface Upgrade {
  readonly from: number;
  readonly to: number;
  /** Path of the copy; undefined where none was wanted. */
  readonly copy: string | undefined;
}

/**
 * Gives what was done; undefined where the schema is the program's own.
 * @throws OperatorError STORE_NO_SPACE where the copy has no room, STORE_UNUSABLE; the store then is as it was
 */
export function upgradeStore(db: Database, options: { readonly backup: boolean }): Upgrade | undefined {
  const from = schemaOf(db);
  if (from === migrations.length) return undefined;
  const copy = options.backup ? copyOfSchema(db.name, from) : undefined;
  if (copy !== undefined) {
    const remedy = "Make room there, or build once with --no-backup, which goes on without a copy to go back to";
    copyStore(db, copy, remedy);
  }
  try {
    migrate(db);
  } catch (error) {
    throw storeFault(db, error);
  }
  return { from, to: migrations.length, copy };
}
