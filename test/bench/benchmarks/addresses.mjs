/** A list of IPv4 addresses, one a line, from nothing to a published zone, in turn with the floor, which only sorts it. */
import { closeSync, openSync, writeSync } from "node:fs";
import { row, sayCount } from "../figures.mjs";
import { run as runProcess } from "../processes.mjs";

/** First numbers of addresses that rules may be for. */
const first = Array.from({ length: 222 }, (_, i) => i + 1).filter(
  (octet) => ![10, 100, 127, 169, 172, 192, 198].includes(octet),
);

/** Writes `count` addresses, no two of them the same. */
function writeAddresses(file, count) {
  const handle = openSync(file, "w");
  let text = "";
  for (let i = 0; i < count; i++) {
    // A step that has no factor in common with how many there are reaches each once.
    const place = (i * 1_000_003) % (first.length * 2 ** 16);
    text += `${first[place % first.length]}.${(i * 7919) & 255}.${(place >> 8) & 255}.${place & 255}\n`;
    if (text.length < 1 << 20) continue;
    writeSync(handle, text);
    text = "";
  }
  writeSync(handle, text);
  closeSync(handle);
}

export async function run(workshop) {
  const { addresses, runs } = workshop.size;
  const file = workshop.file("addresses.txt");
  writeAddresses(file, addresses);
  const project = await workshop.projectOf("addresses", file, "format: domains");
  const cold = { process: [], floor: [], memory: [] };
  for (let i = 0; i < Math.min(3, runs); i++) {
    const sorting = await runProcess("sh", ["-c", `LC_ALL=C sort -u "$0" > /dev/null`, project.listFile]);
    cold.floor.push(sorting.seconds);
    project.removeState();
    const { seconds, report } = await project.build();
    cold.process.push(seconds);
    cold.memory.push(report.peakRssBytes);
  }
  const [zone] = project.report.zones;
  const [source] = project.report.sources;
  project.remove();
  const work = `cold build, ${sayCount(addresses)} addresses`;
  const details = { rules: zone.rules, sourceSeconds: source.seconds, zoneSeconds: zone.seconds };
  const against = { name: "sort -u", samples: cold.floor };
  return [
    row({ work, unit: "s", samples: cold.process, against, aim: aims.get(addresses), details }),
    row({ work: `${work}: peak memory`, unit: "octets", samples: cold.memory }),
  ];
}

const aims = new Map([[1_000_000, { of: "value", atMost: 3 }]]);
