/** What the architecture asks of source files, as checks over paths and texts, so that each can be seen to fail. */

export interface SourceFile {
  /** Path from the project's root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Which modules a module may import, itself aside. Arrows only ever point up this list. */
export const modulesOf: Readonly<Record<string, readonly string[]>> = {
  base: [],
  dns: ["base"],
  rpz: ["base", "dns"],
  indicator: ["base", "dns", "rpz"],
  guard: ["base", "dns", "rpz", "indicator"],
  config: ["base", "dns", "rpz", "indicator", "guard"],
  store: ["base", "dns", "rpz", "indicator"],
  transfer: ["base", "dns"],
  feed: ["base", "dns", "rpz", "indicator", "guard", "config", "store", "transfer"],
  mill: ["base", "dns", "rpz", "indicator", "guard", "config", "store"],
  xfr: ["base", "dns"],
  portal: ["base", "dns", "rpz", "indicator"],
  daemon: ["base", "dns", "rpz", "indicator", "guard", "config", "store", "transfer", "feed", "mill", "xfr", "portal"],
  cli: [
    "base",
    "dns",
    "rpz",
    "indicator",
    "guard",
    "config",
    "store",
    "transfer",
    "feed",
    "mill",
    "xfr",
    "portal",
    "daemon",
  ],
};

/** Packages and parts of Node that only these modules may import. */
const ownersOf: Readonly<Record<string, readonly string[]>> = {
  "better-sqlite3": ["store"],
  yaml: ["config"],
  zod: ["config"],
  undici: ["feed"],
  yauzl: ["feed"],
  tldts: ["indicator"],
  "dns-packet": ["transfer"],
  pino: ["daemon", "cli"],
  yargs: ["cli"],
  "cli-progress": ["cli"],
  // The server and the parsers are given what they need; names know nothing of sockets.
  "node:fs": ["config", "store", "feed", "mill", "daemon", "cli"],
  "node:dgram": ["xfr", "transfer"],
  "node:worker_threads": ["feed", "mill", "daemon", "cli"],
};

const linesMax = 400;

/** The rows of ARCHITECTURE.md's table: each module with what it may import; `all above` is spelled out. */
export function modulesInTable(page: string): Record<string, readonly string[]> {
  const rows = [...page.matchAll(/^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$/gm)];
  const above: string[] = [];
  const table: Record<string, readonly string[]> = {};
  for (const [, module = "", imports = ""] of rows) {
    table[module] = imports === "all above" ? [...above] : imports === "–" ? [] : imports.split(", ");
    above.push(module);
  }
  return table;
}

/** The module names that a file imports, dynamically or not, types included. */
export function importsOf(text: string): string[] {
  const names = [...text.matchAll(/\b(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g)].map((match) => match[1] ?? "");
  return [...new Set(names)];
}

/** The module of a file beneath src/; undefined elsewhere. */
function moduleOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

/** Faults in the arrows between modules and in who imports which package. */
export function arrowFaults(files: readonly SourceFile[]): string[] {
  const faults: string[] = [];
  for (const { path, text } of files) {
    const module = moduleOf(path);
    if (module === undefined) continue;
    const allowed = modulesOf[module];
    if (allowed === undefined) {
      faults.push(`${path}: "${module}" is no module`);
      continue;
    }
    for (const name of importsOf(text)) {
      if (!name.startsWith(".")) {
        const owners = ownersOf[packageOf(name)];
        if (owners !== undefined && !owners.includes(module))
          faults.push(`${path}: only ${owners.join(", ")} may import ${name}`);
        continue;
      }
      const target = resolvePath(path, name);
      const targetModule = moduleOf(target);
      if (targetModule === undefined) faults.push(`${path}: imports ${target}, which is in no module`);
      else if (targetModule !== module && !allowed.includes(targetModule))
        faults.push(`${path}: ${module} may not import ${targetModule}`);
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

/**
 * Words of our own where the field has one, each with the one to use, as parts of identifiers and file names. Prose
 * may use them.
 */
const wordsToReplace: ReadonlyMap<string, string> = new Map([
  ["addressee", "response context"],
  ["admission", "ACL"],
  ["admits", "allows"],
  ["blacklist", "block list"],
  ["born", "created"],
  ["crew", "worker pool"],
  ["envelope", "response context"],
  ["excepted", "exempted"],
  ["excepts", "exempts"],
  ["held", "locked, or on hold"],
  ["house", "architecture"],
  ["mend", "fix"],
  ["mended", "fixed"],
  ["room", "module"],
  ["rooms", "modules"],
  ["sinkhole", "null address"],
  ["slave", "secondary"],
  ["stand", "fixture"],
  ["talk", "log, messages"],
  ["told", "reported"],
  ["utils", "what it holds"],
  ["weave", "rebuild"],
  ["weaving", "rebuilding"],
  ["whitelist", "allow list"],
  ["woof", "rest"],
  ["woven", "rebuilt"],
]);

/** Released field names of JSON output, which programs of others read; `held` is one of `source list`. */
const releasedNames: ReadonlySet<string> = new Set(["excepted", "held"]);

/** Identifiers and file names with words that the field does not use. */
export function wordFaults(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const names = new Set([...path.split("/"), ...identifiersOf(text)]);
    return [...names].flatMap((name) =>
      wordsOf(name)
        .filter((word) => wordsToReplace.has(word) && !releasedNames.has(name))
        .map((word) => `${path}: "${name}" has "${word}" for ${wordsToReplace.get(word)}`),
    );
  });
}

/** The identifiers of a source text, comments, strings and regular expressions left out. */
function identifiersOf(text: string): string[] {
  const code = text
    .replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g, " ")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, " ")
    .replaceAll(/`(?:[^`\\]|\\.)*`/g, (template) =>
      [...template.matchAll(/\$\{([^}]*)\}/g)].map(([, inner]) => inner).join(" "),
    )
    .replaceAll(/(?<=[(,=:[!&|?{};]\s*)\/(?![/*])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//g, " ");
  return code.match(/[A-Za-z_$][\w$]*/g) ?? [];
}

/** The words of a name in lower case: `fixtureOf` is `fixture` and `of`. */
function wordsOf(name: string): string[] {
  return name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).map((word) => word.toLowerCase());
}
