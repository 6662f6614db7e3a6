import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { pretendNode } from "./pretend-node.ts";

/** A project of one source file whose npm and tsc only note that they were called, and install and build next to nothing. */
class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "rpzmill-setup-"));
  readonly #calls = join(this.folder, "calls");

  constructor({ bringsNode = true } = {}) {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
    for (const name of ["bin", "scripts", "src/cli"]) mkdirSync(join(this.folder, name), { recursive: true });
    copyFileSync(fileURLToPath(new URL("../../scripts/setup.mjs", import.meta.url)), this.#path("scripts/setup.mjs"));
    for (const name of ["package-lock.json", "tsconfig.json", "tsconfig.build.json"]) this.write(name, "{}");
    this.write("src/cli/main.ts", "");
    const node = bringsNode ? "ln -s /bin/true node_modules/.bin/node" : ":";
    this.#program(
      "bin/npm",
      `echo npm >>calls; rm -rf node_modules; mkdir -p node_modules/.bin; ${node}; cp bin/tsc node_modules/.bin/tsc`,
    );
    this.#program("bin/tsc", "echo tsc >>calls; mkdir -p dist/cli; echo >dist/cli/main.js");
  }

  write(name: string, text: string): void {
    writeFileSync(this.#path(name), text);
  }

  /** Runs the set-up; `versions` are those that it sees of Node. Gives what it called and its exit status. */
  setUp(versions: Readonly<Record<string, string>> = {}): { calls: string[]; status: number | null; stderr: string } {
    rmSync(this.#calls, { force: true });
    const { status, stderr } = spawnSync(
      process.execPath,
      [...pretendNode(versions), this.#path("scripts/setup.mjs")],
      { encoding: "utf8", env: { PATH: `${this.#path("bin")}:/usr/bin:/bin` } },
    );
    const calls = existsSync(this.#calls) ? readFileSync(this.#calls, "utf8").trim().split("\n") : [];
    return { calls, status, stderr };
  }

  #path(name: string): string {
    return join(this.folder, name);
  }

  #program(name: string, command: string): void {
    this.write(name, `#!/bin/sh\nset -e\ncd ${JSON.stringify(this.folder)}\n${command}\n`);
    chmodSync(this.#path(name), 0o755);
  }
}

test("a fresh clone is installed and built once, whatever Node comes second", () => {
  const project = new Project();
  expect(project.setUp({ node: "20.20.2", modules: "115" })).toMatchObject({ calls: ["npm", "tsc"], status: 0 });
  expect(project.setUp({ node: "24.21.0", modules: "137" })).toMatchObject({ calls: [], status: 0 });
});

test("a changed lock file is installed, a changed source only built", () => {
  const project = new Project();
  project.setUp();
  project.write("src/cli/main.ts", "export {};");
  expect(project.setUp().calls).toEqual(["tsc"]);
  project.write("package-lock.json", '{"lockfileVersion": 3}');
  expect(project.setUp().calls).toEqual(["npm", "tsc"]);
});

test("an old Node with no newer one in the packages is told what to do", () => {
  const project = new Project({ bringsNode: false });
  const { calls, status, stderr } = project.setUp({ node: "20.20.2" });
  expect({ calls, status }).toEqual({ calls: ["npm"], status: 1 });
  expect(stderr).toMatch(/Cannot run on Node 20\.20\.2: rpzmill needs 22\.19 or newer/);
  expect(stderr).toMatch(/install Node 24 by hand/);
  expect(project.setUp({ node: "24.0.0" })).toMatchObject({ calls: ["tsc"], status: 0 });
});
