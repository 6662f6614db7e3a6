import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { exchangePort, startExchange } from "../../scripts/sample-exchange.mjs";
import { folderOf } from "../config/folder.ts";
import { ReportedLines } from "../daemon/reported-lines.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = new URL("../../zones/intel/exchange/", import.meta.url);

async function started(): Promise<string> {
  const { origin, close } = await startExchange({ folder, port: 0 });
  onTestFinished(close);
  return origin;
}

async function get(origin: string, path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${origin}${path}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("the exchange has a MISP feed, of which each event that the manifest names is there", async () => {
  const origin = await started();
  const { body: manifest } = await get(origin, "/misp-feed/manifest.json");
  expect(Object.keys(manifest)).toHaveLength(2);
  for (const [uuid, listed] of Object.entries(manifest)) {
    const { status, body } = await get(origin, `/misp-feed/${uuid}.json`);
    expect(status).toBe(200);
    expect(body["Event"]).toMatchObject({ uuid, info: (listed as { info: string }).info });
  }
  expect((await get(origin, "/misp-feed/../rpzmill.yaml")).status).toBe(404);
  expect((await get(origin, "/misp-feed/none.json")).status).toBe(404);
});

test("the exchange has a TAXII collection, page by page and by what was added since", async () => {
  const origin = await started();
  const { body: discovery } = await get(origin, "/taxii2/");
  expect(discovery["api_roots"]).toEqual([`${origin}/taxii2/sample/`]);
  const { body } = await get(origin, "/taxii2/sample/collections/");
  const [{ id }] = body["collections"] as [{ id: string }];
  const objects = `/taxii2/sample/collections/${id}/objects/`;
  const all = (await get(origin, objects)).body["objects"] as { id: string }[];
  const seen: { id: string }[] = [];
  for (let next = "0"; next !== ""; ) {
    const page = (await get(origin, `${objects}?limit=5&next=${next}`)).body;
    seen.push(...(page["objects"] as { id: string }[]));
    next = page["more"] === true ? (page["next"] as string) : "";
  }
  expect(seen.map((object) => object.id)).toEqual(all.map((object) => object.id));
  const indicators = (await get(origin, `${objects}?match[type]=indicator`)).body["objects"] as { id: string }[];
  expect(indicators).toHaveLength(5);
  expect((await get(origin, `${objects}?added_after=2026-02-01T00:00:00Z`)).body).toEqual({});
});

/** `npm start` over a copy of the program's folder, with a configuration that names the exchange. */
class Started {
  readonly process: ChildProcess;
  readonly reporter = new ReportedLines();
  readonly end: Promise<number | NodeJS.Signals | null>;

  constructor() {
    const zone =
      'version: 1\napex: a.rpz.example\ntake: {categories: [phishing]}\naction: nxdomain\ntransfer: [{address: "127.0.0.1/32"}]\n';
    const main = `version: 1\nserver: {listen: ["127.0.0.1:0"]}\nsources: [{id: names, from: names.txt, category: phishing}] # http://127.0.0.1:${exchangePort}/\nzones: zone.yaml\n`;
    const folder = folderOf({ "rpzmill.yaml": main, "zone.yaml": zone, "names.txt": "one.example\n" });
    for (const name of ["scripts", "zones"]) cpSync(join(root, name), join(folder, name), { recursive: true });
    for (const name of ["dist", "node_modules", "package.json"]) symlinkSync(join(root, name), join(folder, name));
    const { start } = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { start: string } })
      .scripts;
    const [, script = ""] = start.split(" ");
    this.process = spawn(process.execPath, [join(folder, script)], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (this.process.stderr !== null) {
      createInterface(this.process.stderr).on("line", (line) => this.reporter.report({}, line));
    }
    this.end = new Promise((resolve) => this.process.once("exit", (code, signal) => resolve(code ?? signal)));
    onTestFinished(() => void this.process.kill("SIGKILL"));
  }
}

test("npm start serves the exchange and the zones, and both end together; a port that is taken is said", async () => {
  const started = new Started();
  await started.reporter.line(/^the sample's exchange answers at http:\/\/127\.0\.0\.1:8354\/misp-feed\/ and /);
  await started.reporter.line(/^built in /);
  expect((await get(`http://127.0.0.1:${exchangePort}`, "/taxii2/")).status).toBe(200);
  started.process.kill("SIGINT");
  expect(await started.end).toBe(0);
  await expect(fetch(`http://127.0.0.1:${exchangePort}/taxii2/`)).rejects.toThrow("fetch failed");

  const other = createServer();
  await new Promise<void>((resolve) => void other.listen(exchangePort, "127.0.0.1", () => resolve()));
  onTestFinished(() => void other.close());
  const again = new Started();
  await again.reporter.line(
    /^warning: the sample's exchange cannot listen on 127\.0\.0\.1:8354: another program has the port; /,
  );
  await again.reporter.line(/^built in /);
  again.process.kill("SIGTERM");
  expect(await again.end).toBe(0);
});
