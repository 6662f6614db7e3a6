/** How soon `serve` answers: from the start of its process to the first answer with the SOA. */
import { row, sayCount } from "../figures.mjs";

export async function run(workshop) {
  const project = await workshop.builtProject(workshop.size.largeLines);
  const { rules } = project.report.zones[0];
  const samples = [];
  for (let i = 0; i < workshop.size.runs; i++) {
    const server = await project.serve();
    await server.stop();
    samples.push(server.secondsToAnswer);
  }
  const work = `serve with ${sayCount(rules)} rules: start → first answer`;
  return [row({ work, unit: "s", samples, aim: { of: "value", atMost: 0.5 }, details: { rules } })];
}
