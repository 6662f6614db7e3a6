/** Which programs of the peers are installed, and what a test does where one is not. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The Debian package that brings each program; `scripts/install-resolvers.sh` installs them all. */
const packageOf = {
  dig: "bind9-dnsutils",
  kdig: "knot-dnsutils",
  knotc: "knot",
  knotd: "knot",
  kresd: "knot-resolver",
  kzonecheck: "knot-dnssecutils",
  "ldns-read-zone": "ldnsutils",
  named: "bind9",
  "named-checkconf": "bind9-utils",
  "named-checkzone": "bind9-utils",
  "named-compilezone": "bind9-utils",
  nsd: "nsd",
  "nsd-checkconf": "nsd",
  "nsd-control": "nsd",
  nsupdate: "bind9-dnsutils",
  openssl: "openssl",
  pdns_recursor: "pdns-recursor",
  rec_control: "pdns-recursor",
  setpriv: "util-linux",
  unbound: "unbound",
  "unbound-checkconf": "unbound",
  "unbound-control": "unbound",
} as const;

export type Program = keyof typeof packageOf;

/** Absolute path of a program, undefined where it is not installed. Daemons live in directories off most users' PATH. */
export function findProgram(program: Program): string | undefined {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  for (const directory of directories) {
    const path = join(directory, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this directory.
    }
  }
  return undefined;
}

/** Absolute path of a program. @throws Error naming the package where it is not installed */
export function programPath(program: Program): string {
  const path = findProgram(program);
  if (path === undefined) throw new Error(`Cannot find ${program}: install the Debian package ${packageOf[program]}`);
  return path;
}

/**
 * What an absent program means. Where none is absent, true. Otherwise says loudly which package to install and gives
 * false, so that the caller can skip; in CI, where a skipped peer would be a hole nobody sees, it throws.
 */
export function judgeAbsent(absent: readonly Program[], inCi: boolean): boolean {
  if (absent.length === 0) return true;
  const packages = [...new Set(absent.map((program) => packageOf[program]))].join(" ");
  const message = `Cannot test with ${absent.join(", ")}: not installed; run scripts/install-resolvers.sh (${packages})`;
  if (inCi) throw new Error(message);
  console.warn(`\n*** SKIPPED: ${message} ***\n`);
  return false;
}

/** Whether all the programs are installed; see `judgeAbsent` for what happens where they are not. */
export function havePrograms(...programs: readonly Program[]): boolean {
  const absent = programs.filter((program) => findProgram(program) === undefined);
  return judgeAbsent(absent, (process.env["CI"] ?? "") !== "");
}
