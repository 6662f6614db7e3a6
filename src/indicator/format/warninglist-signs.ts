/** Tells a MISP warninglist from other documents by the keys that stand at its top, wherever its large list stands among them. */

/** What a list of names to block is refused with. */
export const warninglistRefusal = {
  why: "it is a MISP warninglist, whose names must not be blocked",
  remedy: "Name it under `guards` with format: warninglist, or under `allow` with format: json and path: list",
} as const;

/** Types that warninglists have (https://github.com/MISP/misp-warninglists). */
const types: ReadonlySet<string> = new Set(["string", "hostname", "cidr", "substring", "regex"]);

export class WarninglistSigns {
  readonly #keys = new Set<string>();
  #hasType = false;

  /** Takes a key of the document's own. */
  key(text: string): void {
    if (text === "list" || text === "matching_attributes" || text === "name" || text === "version")
      this.#keys.add(text);
  }

  /** Takes the text of a key of the document's own. */
  text(key: string, text: string): void {
    if (key === "type") this.#hasType = types.has(text);
  }

  /** Starts on another document. */
  clear(): void {
    this.#keys.clear();
    this.#hasType = false;
  }

  /** Whether the document so far is one. */
  get isWarninglist(): boolean {
    const keys = this.#keys;
    return (
      keys.has("list") &&
      (keys.has("matching_attributes") || (this.#hasType && keys.has("name") && keys.has("version")))
    );
  }
}
