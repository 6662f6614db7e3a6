/** Looks at the first octets of a JSON document for what every STIX object has: a type, and an id that begins with it. */
import { JsonReader, type JsonTaker } from "./json-reader.ts";

class StixSigns implements JsonTaker {
  /** An object was seen that has both. */
  isStix = false;
  /** Of each object around what comes now, key by key; null for an array. */
  readonly #levels: (Map<string, string> | null)[] = [];
  #key = "";

  open(kind: "object" | "array"): void {
    this.#levels.push(kind === "object" ? new Map() : null);
  }

  close(): void {
    this.#levels.pop();
  }

  key(text: string | undefined): void {
    this.#key = text ?? "";
  }

  text(_octets: string, text: string | undefined): void {
    const level = this.#levels.at(-1);
    if (level === undefined || level === null || text === undefined) return;
    if (this.#key !== "type" && this.#key !== "id") return;
    level.set(this.#key, text);
    const type = level.get("type");
    const id = level.get("id");
    if (type !== undefined && id?.startsWith(`${type}--`) === true) this.isStix ||= uuidAtEnd.test(id);
  }

  longText(): void {}

  literal(): void {}
}

const uuidAtEnd = /--[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether octets are the start of a STIX bundle, an answer of TAXII, or of STIX objects. */
export function isStix(sample: Uint8Array): boolean {
  const signs = new StixSigns();
  new JsonReader(signs).write(sample);
  return signs.isStix;
}
