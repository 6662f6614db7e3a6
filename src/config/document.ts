/** Reads one YAML file into plain values, and remembers where each of them stands. */
import { readFileSync, statSync } from "node:fs";
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLParseError,
} from "yaml";
import { messageOf, type Place } from "../base/errors.ts";
import type { Fault } from "./faults.ts";
import { keyPath, pathAsWritten } from "./value-path.ts";

/** A configuration is written by people; anything larger is some other file. */
const fileBytesMax = 4 * 1024 * 1024;
/** More faults of syntax than this are the echo of the first. */
const syntaxFaultsMax = 20;

export interface YamlFile {
  /** Absolute path. */
  readonly file: string;
  /** Plain objects, arrays, strings, numbers, booleans and null; undefined where the file could not be read. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** Where a key path stands: its value, or its key where `part` says so; the nearest thing above it where absent. */
  place(path: readonly PropertyKey[], part?: "key" | "value"): Place;
}

/** Reads and parses `file`. Throws nothing: what is wrong stands in `faults`. */
export function readYaml(file: string): YamlFile {
  let text: string;
  try {
    text = readText(file);
  } catch (error) {
    const code: Fault["code"] = error instanceof TypeError ? "CONFIG_SYNTAX" : "CONFIG_UNREADABLE";
    const message = error instanceof TypeError ? "is not UTF-8 text" : messageOf(error);
    return unreadable(file, { code, file, message });
  }
  const lines = new LineCounter();
  try {
    return parse(file, text, lines);
  } catch (error) {
    // The parser recurses, and aliases can be made to expand without end: both end here.
    return unreadable(file, { code: "CONFIG_SYNTAX", file, message: firstLine(messageOf(error)) });
  }
}

function unreadable(file: string, fault: Fault): YamlFile {
  return { file, value: undefined, faults: [fault], place: (path) => ({ file, key: keyPath(path) }) };
}

/** @throws Error that says why, TypeError where the bytes are not UTF-8 */
function readText(file: string): string {
  const stats = statSync(file);
  if (!stats.isFile()) throw new Error(stats.isDirectory() ? "is a directory, not a file" : "is not a regular file");
  if (stats.size > fileBytesMax)
    throw new Error(`has ${stats.size} octets, more than a configuration's ${fileBytesMax}`);
  return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
}

function parse(file: string, text: string, lines: LineCounter): YamlFile {
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: "1.2", merge: false });
  const faultAt = (offset: number, message: string): Fault => {
    const { line, col } = lines.linePos(offset);
    return { code: "CONFIG_SYNTAX", file, line, column: col, message };
  };
  const faults = document.errors.map((error) => faultAt(error.pos[0], wordsOf(error)));
  visit(document, {
    Pair(_, pair) {
      // This key would change the object that it is set on instead of naming a value.
      if (isScalar(pair.key) && pair.key.value === "__proto__") {
        faults.push(faultAt(pair.key.range?.[0] ?? 0, `no key may be called "__proto__"`));
      }
    },
  });
  const value: unknown = faults.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 });
  return {
    file,
    value,
    faults: faults.slice(0, syntaxFaultsMax),
    place(path, part = "value") {
      const offset = offsetOf(document, path, part);
      const { line, col } = lines.linePos(offset);
      return { file, line, column: col, key: keyPath(pathAsWritten(value, path)) };
    },
  };
}

function wordsOf(error: YAMLParseError): string {
  return error.code === "DUPLICATE_KEY" ? "this key stands in the mapping already" : firstLine(error.message);
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? message;
}

function offsetOf(document: Document, path: readonly PropertyKey[], part: "key" | "value"): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        (item) => isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (pair === undefined) return offset;
      const keyOffset = startOf(pair.key) ?? offset;
      offset = depth === path.length - 1 && part === "key" ? keyOffset : (startOf(pair.value) ?? keyOffset);
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (node === undefined) return offset;
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

/** Where a node starts; undefined for one that the text does not show, as an empty value. */
function startOf(node: unknown): number | undefined {
  const range = isNode(node) ? (node as Node).range : undefined;
  return range === undefined || range === null || range[0] === range[1] ? undefined : range[0];
}
