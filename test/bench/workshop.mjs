/** What the benchmarks of one run share: hosts files, the projects built from them, and the client that drains. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeHosts } from "./names.mjs";
import { Project } from "./project.mjs";

/** Another generator makes other files. */
const generator = createHash("sha256")
  .update(readFileSync(new URL("./names.mjs", import.meta.url)))
  .digest("hex")
  .slice(0, 12);

export class Workshop {
  /** Hosts files used so far, for the report. */
  inputs = [];
  #folder;
  #projects = new Map();

  /** `size` is one of `sizes`. */
  constructor(folder, size) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.size = size;
  }

  /** A hosts file of so many names, made once and kept between runs. */
  hosts(lines) {
    const file = join(this.#folder, `hosts-${lines}-${generator}.txt`);
    if (!existsSync(file)) {
      process.stderr.write(`bench: making a hosts file of ${lines} names\n`);
      writeHosts(`${file}.new`, lines);
      renameSync(`${file}.new`, file);
    }
    if (!this.inputs.some((input) => input.lines === lines)) {
      this.inputs.push({ lines, seed: 1, generator, octets: statSync(file).size });
    }
    return file;
  }

  /** A project without a store, which builds a zone from a hosts file of so many names. */
  emptyProject(name, lines) {
    return this.projectOf(name, this.hosts(lines));
  }

  /** The same from any list; see `Project.create`. */
  projectOf(name, listFile, reading) {
    const folder = join(this.#folder, name);
    rmSync(folder, { recursive: true, force: true });
    return Project.create(folder, listFile, reading);
  }

  /** A project whose zone is built from so many names, in this run and by this program; shared by the benchmarks. */
  async builtProject(lines) {
    let project = this.#projects.get(lines);
    if (project === undefined) {
      project = await this.emptyProject(`zone-${lines}`, lines);
      process.stderr.write(`bench: building the zone of ${lines} names\n`);
      await project.build();
      this.#projects.set(lines, project);
    }
    return project;
  }

  /** A path for a file of this run. */
  file(name) {
    return join(this.#folder, name);
  }

  /** Removes the stores; the hosts files stay for the next run. */
  async close() {
    for (const project of this.#projects.values()) project.remove();
  }
}
