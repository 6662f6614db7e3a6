/** What one message costs the server, as against a plain query for the SOA by a client that is allowed to ask. */
import { row } from "../figures.mjs";
import { clientFile, run as runProcess } from "../processes.mjs";

export async function run() {
  const { stdout } = await runProcess(process.execPath, [clientFile("requests.mjs")]);
  const [plain, ...others] = JSON.parse(stdout);
  const against = { name: plain.what, samples: plain.samples };
  // 64 KiB of records once cost thousands of times as much.
  const aim = { of: "ratio", atMost: 10 };
  return others.map(({ what, samples }) => row({ work: `a stranger's ${what}`, unit: "µs", samples, against, aim }));
}
