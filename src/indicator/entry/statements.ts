/** What a list says of one name: flags and a first-seen time for each profile. Reused from name to name, without objects. */
import type { EntryCursor } from "./block.ts";

export class Statements {
  count = 0;
  /** Of each statement, in ascending order of the profiles. */
  profiles = new Uint32Array(16);
  flags = new Uint8Array(16);
  /** First seen, Unix seconds. */
  seen = new Uint32Array(16);

  clear(): void {
    this.count = 0;
  }

  /** Takes all entries of the key at which a cursor stands, and leaves it at the last of them. */
  take(cursor: EntryCursor): void {
    this.add(cursor.profile, cursor.flags, cursor.firstSeen);
    while (cursor.repeats) {
      cursor.advance();
      this.add(cursor.profile, cursor.flags, cursor.firstSeen);
    }
  }

  /** Adds a statement; flags of one profile are joined, and the earlier time counts. */
  add(profile: number, flags: number, seen: number): void {
    let at = this.count;
    while (at > 0 && (this.profiles[at - 1] as number) > profile) at -= 1;
    if (at > 0 && this.profiles[at - 1] === profile) {
      this.flags[at - 1] = (this.flags[at - 1] as number) | flags;
      if (seen < (this.seen[at - 1] as number)) this.seen[at - 1] = seen;
      return;
    }
    if (this.count === this.profiles.length) this.#grow();
    if (at < this.count) {
      this.profiles.copyWithin(at + 1, at, this.count);
      this.flags.copyWithin(at + 1, at, this.count);
      this.seen.copyWithin(at + 1, at, this.count);
    }
    this.profiles[at] = profile;
    this.flags[at] = flags;
    this.seen[at] = seen;
    this.count += 1;
  }

  /** Adds all of another's. */
  join(other: Statements): void {
    for (let i = 0; i < other.count; i++) {
      this.add(other.profiles[i] as number, other.flags[i] as number, other.seen[i] as number);
    }
  }

  /** Gives each statement the time at which the name was first seen: by what was said before, or else `now`. */
  keepTimes(before: Statements, now: number): void {
    this.seeFrom(Math.min(now, before.firstSeen));
  }

  /** Gives each statement this time, in Unix seconds. */
  seeFrom(first: number): void {
    for (let i = 0; i < this.count; i++) this.seen[i] = first;
  }

  /** When the name was first seen, in Unix seconds; infinite where nothing is said. */
  get firstSeen(): number {
    let first = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.count; i++) first = Math.min(first, this.seen[i] as number);
    return first;
  }

  /** Whether the same is said under the same profiles, whenever first. */
  equals(other: Statements): boolean {
    if (this.count !== other.count) return false;
    for (let i = 0; i < this.count; i++) {
      if (this.profiles[i] !== other.profiles[i] || this.flags[i] !== other.flags[i]) return false;
    }
    return true;
  }

  /** Flags of all statements together: what is said of the name, whatever is known besides. */
  get allFlags(): number {
    let flags = 0;
    for (let i = 0; i < this.count; i++) flags |= this.flags[i] as number;
    return flags;
  }

  #grow(): void {
    const [profiles, flags, seen] = [this.profiles, this.flags, this.seen];
    this.profiles = new Uint32Array(2 * profiles.length);
    this.flags = new Uint8Array(2 * flags.length);
    this.seen = new Uint32Array(2 * seen.length);
    this.profiles.set(profiles);
    this.flags.set(flags);
    this.seen.set(seen);
  }
}
