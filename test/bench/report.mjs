/** The report as a Markdown table, which reads well on a terminal and goes into docs/performance.md as it is. */

/** The machine and the commit in two lines, then one line for each row. */
export function tableOf({ machine, commit, size, startedAt, loadAverage, rows }) {
  const heads = ["work", "measured", "against", "ratio (of best)", "aim", "met"];
  const cells = rows.map((row) => [
    row.work,
    sayValue(row.value, row.unit),
    row.against === undefined ? "" : `${row.against.name}: ${sayValue(row.against.value, row.unit)}`,
    row.ratio === undefined ? "" : `${row.ratio.toFixed(2)} (${row.ratioOfBest.toFixed(2)})`,
    row.aim === undefined ? "" : sayAim(row.aim, row.unit),
    row.aim === undefined ? "" : row.aim.met ? "yes" : "no",
  ]);
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((line) => line[i].length)));
  const line = (texts) => `| ${texts.map((text, i) => text.padEnd(widths[i])).join(" | ")} |\n`;
  const { cpu, cores, memoryBytes, system, node } = machine;
  const dirty = commit.dirty ? " with changes" : "";
  return [
    `Commit ${commit.id}${dirty}, ${startedAt.slice(0, 10)}, size ${size}, load average ${loadAverage.before} before and ${loadAverage.after} after.\n`,
    `${cpu}, ${cores} cores, ${Math.round(memoryBytes / 2 ** 30)} GiB, ${system}, Node ${node}.\n\n`,
    line(heads),
    `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|\n`,
    ...cells.map(line),
  ].join("");
}

function sayValue(value, unit) {
  switch (unit) {
    case "s":
      return `${value < 1 ? value.toFixed(3) : value.toFixed(2)} s`;
    case "octets":
      return `${Math.round(value / 1e6)} MB`;
    case "octets/s":
      return value >= 1e9 ? `${(value / 1e9).toFixed(2)} GB/s` : `${Math.round(value / 1e6)} MB/s`;
    default:
      return `${value.toFixed(2)} ${unit}`;
  }
}

function sayAim({ of, atMost, atLeast }, unit) {
  const bound = atMost ?? atLeast;
  const said = of === "ratio" ? `${bound} ×` : sayValue(bound, unit);
  return `${atMost === undefined ? "at least" : "at most"} ${said}`;
}
