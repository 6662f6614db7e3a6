/**
 * Fetches the one list of a configuration, once or several times, and prints what came of the last one: the seconds, the peak of memory and the
 * outcome, as JSON.
 */
import { loadConfig } from "../../../dist/config/load.js";
import { fetchesHere } from "../../../dist/daemon/fetch-here.js";
import { fetchTasksOf } from "../../../dist/daemon/fetch-tasks.js";

const [configFile = "", times = "1"] = process.argv.slice(2);
const [task] = fetchTasksOf(loadConfig(configFile));
const fetch = fetchesHere();
let said;
for (let i = 0; i < Number(times); i++) {
  const startedAt = performance.now();
  const { outcome, error } = await fetch(task, "check");
  said = { outcome, error, seconds: (performance.now() - startedAt) / 1000 };
}
process.stdout.write(JSON.stringify({ ...said, rssBytes: 1024 * process.resourceUsage().maxRSS }));
