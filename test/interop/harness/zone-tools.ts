/** The programs that read zone files, each with all that it says. */
import { execFile } from "node:child_process";
import { type Program, programPath } from "./programs.ts";

export interface Said {
  /** Exit code. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, however that is. */
export function runProgram(program: Program, args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(programPath(program), [...args], { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr });
    });
  });
}

/** BIND's reader; by default it warns of what named would refuse to load. */
export function namedCheckzone(apex: string, file: string, ...options: readonly string[]): Promise<Said> {
  return runProgram("named-checkzone", [...options, apex, file]);
}

/** Knot DNS's reader. */
export function kzonecheck(apex: string, file: string): Promise<Said> {
  return runProgram("kzonecheck", ["-o", apex, file]);
}

/** The records as ldns writes them, one a line, in the order of the file. */
export function ldnsReadZone(file: string): Promise<Said> {
  return runProgram("ldns-read-zone", [file]);
}

/** The records as BIND writes them: one a line, sorted, each in full. @throws Error where it cannot read the file */
export async function compiledRecords(apex: string, file: string): Promise<string[]> {
  // Names that are no host names stand beside addresses in policy zones; that is looked at elsewhere.
  const args = ["-k", "ignore", "-f", "text", "-F", "text", "-s", "full", "-o", "-", apex, file];
  const { code, stdout, stderr } = await runProgram("named-compilezone", args);
  if (code !== 0) throw new Error(`Cannot read ${file}: ${stdout.slice(0, 2000)}${stderr.slice(0, 2000)}`);
  return stdout.trimEnd().split("\n").sort();
}
