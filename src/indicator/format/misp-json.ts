/** Reading the JSON of MISP, in which numbers are strings or numbers, and anything may be missing or of another shape. */

export type Json = Readonly<Record<string, unknown>>;
const nothing: Json = {};

export function recordIn(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : nothing;
}

export function listIn(record: Json, key: string): readonly unknown[] {
  const value = record[key];
  return Array.isArray(value) ? value : [];
}

/** The text of a string or a number; empty for anything else. */
export function textIn(record: Json, key: string): string {
  const value = record[key];
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

/** `true`, `1` and `"1"`; undefined where nothing is said. */
export function flagIn(record: Json, key: string): boolean | undefined {
  const value = record[key];
  if (typeof value === "boolean") return value;
  const text = textIn(record, key).toLowerCase();
  return text === "" ? undefined : text === "1" || text === "true";
}

/** UUIDs as MISP writes them. */
export const uuidPattern: RegExp = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The names of the tags of an event or an attribute, those of its galaxy clusters among them, each once. */
export function tagNamesIn(record: Json): readonly string[] {
  const tags = listIn(record, "Tag");
  const galaxies = listIn(record, "Galaxy");
  if (tags.length === 0 && galaxies.length === 0) return noNames;
  const names = new Set<string>();
  for (const tag of tags) names.add(textIn(recordIn(tag), "name"));
  for (const galaxy of galaxies) {
    for (const one of listIn(recordIn(galaxy), "GalaxyCluster")) {
      const cluster = recordIn(one);
      const { tag_name: tagName } = cluster;
      const type = textIn(cluster, "type") || textIn(recordIn(galaxy), "type");
      names.add(typeof tagName === "string" ? tagName : `misp-galaxy:${type}="${textIn(cluster, "value")}"`);
    }
  }
  names.delete("");
  return [...names];
}
const noNames: readonly string[] = [];
