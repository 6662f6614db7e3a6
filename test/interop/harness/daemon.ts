/** A server as a child process in the foreground, with its own directory and its log kept. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programPath } from "./programs.ts";

export interface Daemon {
  readonly name: string;
  /** Everything it wrote to stdout and stderr. */
  log(): string;
  /** Throws, with the log, where the process has ended by itself. */
  checkAlive(): void;
  /** Ends the process and removes its directory. May be called twice. */
  stop(): Promise<void>;
}

const logTailChars = 4000;
const stopDeadlineMs = 5000;
const running = new Map<number, string>();

// Whatever happens to the run, nothing it started stays behind.
process.on("exit", () => {
  for (const [pid, directory] of running) {
    signalGroup(pid, "SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
});

/** Signals the process and what it forked: the daemons are leaders of groups of their own. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Already gone.
  }
}

/** A new directory for one server's files. The path is short: some put Unix sockets there, limited to 107 characters. */
export function serverDirectory(name: string): string {
  return mkdtempSync(join(tmpdir(), `rpzmill-${name}-`));
}

/** Starts `command` with `args` in `directory`, which is removed when the process has been stopped. */
export function startDaemon(name: string, directory: string, command: string, args: readonly string[]): Daemon {
  // setpriv makes the kernel end the server when this process dies, even by SIGKILL.
  const child = spawn(programPath("setpriv"), ["--pdeathsig", "TERM", "--", command, ...args], {
    cwd: directory,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`Cannot start ${name}: setpriv did not run`);
  running.set(pid, directory);
  let log = "";
  let ended: string | undefined;
  const collect = (chunk: Buffer): void => {
    log += chunk.toString();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  child.on("exit", (code, signal) => {
    ended = signal ?? `exit code ${code}`;
  });

  return {
    name,
    log: () => log,
    checkAlive: () => {
      if (ended !== undefined) throw new Error(`${name} ended with ${ended}\n${log.slice(-logTailChars)}`);
    },
    stop: async () => {
      if (!running.has(pid)) return;
      if (ended === undefined) {
        const exited = once(child, "exit");
        signalGroup(pid, "SIGTERM");
        const timer = setTimeout(() => signalGroup(pid, "SIGKILL"), stopDeadlineMs);
        await exited;
        clearTimeout(timer);
      }
      signalGroup(pid, "SIGKILL");
      running.delete(pid);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The last part of a server's log, for an error message. */
export function logTail(daemon: Daemon): string {
  return `--- log of ${daemon.name} ---\n${daemon.log().slice(-logTailChars)}`;
}
