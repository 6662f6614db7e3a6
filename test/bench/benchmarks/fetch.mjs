/**
 * A list over HTTP from a server on loopback: what it costs to learn that nothing changed, and how soon 100 changed names of a
 * large list are served.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { newAnswer } from "../dns.mjs";
import { row, sayCount } from "../figures.mjs";
import { replaceNames } from "../names.mjs";
import { root, secondsNow } from "../processes.mjs";
import { apex } from "../project.mjs";

const replaced = 100;
const checks = 50;

export async function run(workshop) {
  const lines = workshop.size.zoneLines;
  const file = workshop.file("fetched.txt");
  const list = { octets: readFileSync(workshop.hosts(lines)), version: 1 };
  const server = await serveList(list);
  const project = await workshop.projectOf("fetched", workshop.hosts(lines));
  try {
    const main = readFileSync(project.configFile, "utf8");
    const url = `http://127.0.0.1:${server.address().port}/hosts.txt`;
    writeFileSync(project.configFile, main.replace("from: list.txt", `url: "${url}"`));
    const fetchList = await fetcher(project.configFile);
    await project.build();
    const seconds = { check: [], fetch: [], answer: [] };
    for (let i = 0; i < checks; i++) seconds.check.push(await fetchList("not-modified"));
    const serving = await project.serve();
    try {
      for (let seed = 2; seed < 2 + workshop.size.runs; seed++) {
        writeFileSync(file, list.octets);
        replaceNames(file, `${file}.new`, replaced, seed);
        list.octets = readFileSync(`${file}.new`);
        list.version += 1;
        const before = project.report.zones[0].serial;
        const startedAt = secondsNow();
        seconds.fetch.push(await fetchList("new"));
        const answered = newAnswer(project.port, apex, before, serving.checkAlive).then(secondsNow);
        const [answeredAt] = await Promise.all([answered, project.build()]);
        seconds.answer.push(answeredAt - startedAt);
      }
    } finally {
      await serving.stop();
    }
    const of = `a list of ${sayCount(lines)} lines over HTTP`;
    return [
      row({ work: `${of}: nothing changed`, unit: "s", samples: seconds.check, aim: { of: "value", atMost: 0.02 } }),
      row({ work: `${of}: ${replaced} names changed, fetch alone`, unit: "s", samples: seconds.fetch }),
      row({
        work: `${of}: ${replaced} names changed, fetch → new serial answered`,
        unit: "s",
        samples: seconds.answer,
        aim: { of: "value", atMost: 2.5 },
      }),
    ];
  } finally {
    project.remove();
    server.close();
  }
}

function serveList(list) {
  const server = createServer((request, response) => {
    const etag = `"${list.version}"`;
    if (request.headers["if-none-match"] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag, "content-length": list.octets.length }).end(list.octets);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Fetches the one list of a configuration, with the program's own code; gives the seconds, where it comes to what is expected. */
async function fetcher(configFile) {
  const { fetchesHere } = await import(`${root}/dist/daemon/fetch-here.js`);
  const { fetchTasksOf } = await import(`${root}/dist/daemon/fetch-tasks.js`);
  const { loadConfig } = await import(`${root}/dist/config/load.js`);
  const fetch = fetchesHere();
  const [task] = fetchTasksOf(loadConfig(configFile));
  return async (expected) => {
    const startedAt = secondsNow();
    const { outcome } = await fetch(task, "check");
    const seconds = secondsNow() - startedAt;
    if (outcome !== expected) throw new Error(`The list came as "${outcome}" and not "${expected}"`);
    return seconds;
  };
}
