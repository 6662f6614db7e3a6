/** What the store keeps of the past, for `historyDays`: how much it grows by in a day in which a list changes every hour. */
import { rmSync } from "node:fs";
import { row, sayCount } from "../figures.mjs";
import { clientFile, run as runProcess } from "../processes.mjs";

export async function run(workshop) {
  const { retentionNames, retentionDays } = workshop.size;
  const rows = [];
  for (const kind of ["plain", "facts"]) {
    const folder = workshop.file(`kept-${kind}`);
    rmSync(folder, { recursive: true, force: true });
    const args = [folder, kind, retentionNames, retentionDays].map(String);
    const { stdout } = await runProcess(process.execPath, [clientFile("kept-octets.mjs"), ...args]);
    rmSync(folder, { recursive: true, force: true });
    const { perDay, perChange, octets } = JSON.parse(stdout);
    const work = `${sayCount(retentionNames)} ${kind === "plain" ? "names" : "rows with facts"}, 0.5 % a day in 24 updates: kept`;
    rows.push(
      row({ work, unit: "KB a day", samples: [perDay / 1000], details: { octets } }),
      row({ work: `${work} of each that came or went`, unit: "octets a name", samples: [perChange] }),
    );
  }
  return rows;
}
