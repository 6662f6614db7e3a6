/**
 * What `npm start` runs: `rpzmill run`, and in the same process the exchange that the sample's MISP and TAXII sources ask, where the
 * configuration names it. So both end together.
 */
import { readFileSync } from "node:fs";
import { exchangePort, startExchange } from "./sample-exchange.mjs";

const root = new URL("../", import.meta.url);

/** Whether the configuration is one that asks the exchange; `run` says what is wrong with one that cannot be read. */
function namesExchange() {
  try {
    return readFileSync("rpzmill.yaml", "utf8").includes(`http://127.0.0.1:${exchangePort}/`);
  } catch {
    return false;
  }
}

if (namesExchange()) {
  try {
    const { origin } = await startExchange({ folder: new URL("zones/intel/exchange/", root) });
    process.stderr.write(`the sample's exchange answers at ${origin}/misp-feed/ and ${origin}/taxii2/\n`);
  } catch (error) {
    const why = error.code === "EADDRINUSE" ? "another program has the port" : error.message;
    process.stderr.write(
      `warning: the sample's exchange cannot listen on 127.0.0.1:${exchangePort}: ${why}; what its sources listed last stays\n`,
    );
  }
}

process.argv.splice(2, 0, "run", "--config", "rpzmill.yaml");
await import(new URL("dist/cli/main.js", root).href);
