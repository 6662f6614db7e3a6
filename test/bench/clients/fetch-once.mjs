/** Fetches the one list of a configuration and prints what came of it: the seconds, the peak of memory and the outcome, as JSON. */

import { loadConfig } from "../../../dist/config/load.js";
import { fetchesHere } from "../../../dist/daemon/fetch-here.js";
import { fetchTasksOf } from "../../../dist/daemon/fetch-tasks.js";

const [configFile = "", mode = "check"] = process.argv.slice(2);
const [task] = fetchTasksOf(loadConfig(configFile));
const startedAt = performance.now();
const { outcome, error } = await fetchesHere()(task, mode);
const seconds = (performance.now() - startedAt) / 1000;
process.stdout.write(JSON.stringify({ outcome, error, seconds, rssBytes: 1024 * process.resourceUsage().maxRSS }));
