/**
 * One round of an attack by strangers: what a known client sees of the server undisturbed, and then while a process of
 * its own holds and opens TCP connections and floods it over UDP.
 */
import { spawn } from "node:child_process";
import { median } from "./figures.mjs";
import { clientFile, run } from "./processes.mjs";
import { apex } from "./project.mjs";

/** The attack: TCP connections held, datagrams a second, and after how many seconds it ends by itself. */
export const attack = { connections: 300, datagrams: 5000, secondsMax: 60 };
/** Queries for the SOA, and the time between two. */
const queries = 400;
const periodMs = 4;

/** The value that all but one in a hundred samples stay below. */
function percentile99(samples) {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length * 0.99)];
}

/** What a known client sees: the 99th percentile of SOA queries in ms, and the seconds of a transfer in the middle. */
async function look(project, transfer) {
  const argv = [clientFile("ask.mjs"), project.port, apex, queries, periodMs].map(String);
  const { stdout } = await run(process.execPath, argv);
  const seconds = await transfer();
  return { soaMs: percentile99(JSON.parse(stdout)), axfrSeconds: median(seconds) };
}

/** Starts the attack; resolves once all its connections were tried. */
async function startAttack(port, isTls) {
  const { connections, datagrams, secondsMax } = attack;
  const numbers = [connections, datagrams, secondsMax, ...(isTls ? ["tls"] : [])];
  const argv = [clientFile("attack.mjs"), port, apex, ...numbers].map(String);
  const child = spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "inherit"] });
  let printed = "";
  const closed = new Promise((done) => child.on("close", done));
  const ready = new Promise((done) => {
    child.stdout.on("data", (chunk) => {
      printed += chunk;
      if (printed.includes("ready\n")) done();
    });
  });
  await Promise.race([ready, closed]);
  return {
    /** Ends it; gives what it did. */
    async stop() {
      child.stdin.end();
      await closed;
      const [, did] = printed.split("\n");
      if (did === undefined) throw new Error("The attack did not come about");
      return JSON.parse(did);
    },
  };
}

/**
 * A round: calm first, then under attack, at the port for TLS or at the other one. `transfer` takes the whole zone some
 * times and gives the seconds.
 */
export async function measureRound(project, transfer, isTls) {
  const calm = await look(project, transfer);
  const attacking = await startAttack(isTls ? project.tlsPort : project.port, isTls);
  let attacked;
  let did;
  try {
    attacked = await look(project, transfer);
  } finally {
    did = await attacking.stop();
  }
  return { calm, attacked, did };
}
