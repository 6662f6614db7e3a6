/** What the house's layout asks of source files, as checks over paths and texts, so that each can be seen to fail. */

export interface SourceFile {
  /** Path from the project's root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Which rooms a room may import, itself aside. Arrows only ever point up this list. */
const roomsOf: Readonly<Record<string, readonly string[]>> = {
  base: [],
  dns: ["base"],
  rpz: ["base", "dns"],
  indicator: ["base", "dns", "rpz"],
  config: ["base", "dns", "rpz", "indicator"],
  store: ["base", "dns", "rpz", "indicator"],
  feed: ["base", "dns", "indicator", "config", "store"],
  mill: ["base", "dns", "rpz", "indicator", "config", "store"],
  xfr: ["base", "dns"],
  portal: ["base", "dns", "rpz", "indicator"],
  daemon: ["base", "dns", "rpz", "indicator", "config", "store", "feed", "mill", "xfr", "portal"],
  cli: ["base", "dns", "rpz", "indicator", "config", "store", "feed", "mill", "xfr", "portal", "daemon"],
};

/** Packages and parts of Node that only these rooms may import. */
const ownersOf: Readonly<Record<string, readonly string[]>> = {
  "better-sqlite3": ["store"],
  yaml: ["config"],
  zod: ["config"],
  tldts: ["mill", "indicator"],
  pino: ["daemon", "cli"],
  yargs: ["cli"],
  "cli-progress": ["cli"],
  // The server and the parsers are given what they need; names know nothing of sockets.
  "node:fs": ["config", "store", "feed", "mill", "daemon", "cli"],
  "node:dgram": ["xfr"],
  "node:worker_threads": ["feed", "mill", "daemon", "cli"],
};

const linesMax = 400;

/** The module names that a file imports, dynamically or not, types included. */
export function importsOf(text: string): string[] {
  const names = [...text.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g)].map((match) => match[1] ?? "");
  return [...new Set(names)];
}

/** The room of a file beneath src/; undefined elsewhere. */
function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** Faults in the arrows between rooms and in who imports which package. */
export function arrowFaults(files: readonly SourceFile[]): string[] {
  const faults: string[] = [];
  for (const { path, text } of files) {
    const room = roomOf(path);
    if (room === undefined) continue;
    const allowed = roomsOf[room];
    if (allowed === undefined) {
      faults.push(`${path}: "${room}" is no room`);
      continue;
    }
    for (const name of importsOf(text)) {
      if (!name.startsWith(".")) {
        const owners = ownersOf[packageOf(name)];
        if (owners !== undefined && !owners.includes(room))
          faults.push(`${path}: only ${owners.join(", ")} may import ${name}`);
        continue;
      }
      const target = resolvePath(path, name);
      const targetRoom = roomOf(target);
      if (targetRoom === undefined) faults.push(`${path}: imports ${target}, which is in no room`);
      else if (targetRoom !== room && !allowed.includes(targetRoom))
        faults.push(`${path}: ${room} may not import ${targetRoom}`);
    }
  }
  return faults;
}

function packageOf(name: string): string {
  const parts = name.split("/");
  return name.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? name);
}

function resolvePath(from: string, name: string): string {
  return new URL(name, `file:///${from}`).pathname.slice(1);
}

/** Default exports, which every importer names as it likes. */
export function defaultExportFaults(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ text }) => /^\s*export\s+default\b|\bas\s+default\b/m.test(text))
    .map(({ path }) => `${path}: has a default export`);
}

/** Files that hand on what others export, which hides where a thing lives. */
export function barrelFaults(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => [
    ...(/(^|\/)index\.[mc]?[jt]s$/.test(path) ? [`${path}: is a barrel by its name`] : []),
    ...(/^\s*export\s+(type\s+)?(\*|\{[^}]*\})\s*(as\s+\w+\s+)?from\b/m.test(text)
      ? [`${path}: exports what another file holds`]
      : []),
  ]);
}

/** Files past the length at which they want to be two. */
export function lengthFaults(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    return lines > linesMax ? [`${path}: has ${lines} lines of at most ${linesMax}`] : [];
  });
}

/** Source files that do not open by saying what they are for. */
export function openingFaults(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path, text }) => path.startsWith("src/") && !/^(#!.*\n)?\/\*\*/.test(text))
    .map(({ path }) => `${path}: does not open with a comment on what it is for`);
}
