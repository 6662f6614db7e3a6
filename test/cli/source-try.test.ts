/** A list that is tried before it is added: what it is, and what it would bring. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { folderOf } from "../config/folder.ts";
import { type Result, run, type Sample, sampleFolder } from "./cli.ts";

const list =
  "login.bank.example\nnew.example\nx.shop.example\nsafe.example\ngoogle.com\nduckdns.org\nbad..name.example\n";

/** Folders of trials that are there. */
const leftOver = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("rpzmill-try-"));

/** Digests of all that a folder holds. */
function digests(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path, createHash("sha256").update(readFileSync(path)).digest("hex")];
    }),
  );
}

async function built(): Promise<Sample> {
  const sample = sampleFolder({ "tried/phishing.txt": list });
  await sample.run("build");
  return sample;
}

/** Serves one list, and tells what was asked with. */
async function serving(body: string, headers: Record<string, string> = {}) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(200, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const trying = (sample: Sample, line: string): Promise<Result> => sample.run(`source try ${line}`);

describe("source try", () => {
  test("says what a list is, what of it is new, guarded and allowed, what zones would do, and how to add it", async () => {
    const sample = await built();
    const before = digests(sample.folder);
    const { code, stdout } = await trying(sample, sample.path("tried/phishing.txt"));
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "format    domains: 6 of its first 7 lines read as domains",
        "encoding  ASCII",
        "entries   6 of 7 lines, 0 duplicates",
        "new       3 that no source has",
        "  1 empty-label",
        "    7: bad..name.example",
        "  popular: 1 stopped, 0 narrowed to the name alone",
        expect.stringContaining("guard popular (popular) stops google.com of phishing"),
        "  phish: 2, and 1 beneath names that it has (login.bank.example, safe.example, x.shop.example)",
        "  own: 1 (safe.example)",
        expect.stringMatching(/^ {2}phishing\.rpz\.example: 1 new rule beside 2; 1 covered by rules above$/),
        "  not taken by malware.rpz.example",
        `  - {id: phishing, format: domains, from: "${sample.path("tried/phishing.txt")}", category: phishing}`,
      ]),
    );
    const changed = Object.entries(digests(sample.folder)).filter(([path, digest]) => before[path] !== digest);
    expect(changed.filter(([path]) => !/-(?:shm|wal)$/.test(path))).toEqual([]);
    expect(leftOver()).toEqual([]);
  });

  test("prints the same for programs", async () => {
    const sample = await built();
    const value = await sample.json(`source try ${sample.path("tried/phishing.txt")}`);
    expect(value).toMatchObject({
      format: "domains",
      encoding: "ASCII",
      lines: 7,
      entries: 6,
      duplicates: 0,
      alone: 3,
      category: "phishing",
      rejects: [{ reason: "empty-label", count: 1, samples: [{ line: 7, text: "bad..name.example" }] }],
      shared: [{ id: "phish", same: 2, beneath: 1 }],
      allowed: [{ id: "own", same: 1 }],
      zones: [{ apex: "phishing.rpz.example", rules: 2, added: 1 }],
      zonesNotTaking: ["malware.rpz.example"],
      facts: null,
    });
  });

  test("needs no store and no configuration", async () => {
    const unbuilt = sampleFolder({ "tried/phishing.txt": list });
    const { code, stdout } = await trying(unbuilt, unbuilt.path("tried/phishing.txt"));
    expect([code, stdout]).toEqual([0, expect.stringContaining("popular: 1 stopped")]);
    expect(existsSync(unbuilt.path("var"))).toBe(false);
    const folder = folderOf({ "l.txt": list });
    const alone = await run(["source", "try", join(folder, "l.txt")], {});
    expect(alone.code).toBe(0);
    expect(alone.stdout).toContain("popular: 1 stopped");
    const missing = await run(["source", "try", join(folder, "l.txt"), "--config", join(folder, "none.yaml")]);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("none.yaml")]);
  });

  test("fetches as a source would be fetched, and shows no secret", async () => {
    const sample = await built();
    sample.write("token", "s3cr3t-token\n");
    const { url, asked } = await serving(list, { "last-modified": "Fri, 15 Jan 2027 06:30:00 GMT" });
    const secrets = [`bearerFile=${sample.path("token")}`, "headers={x-key: s3cr3t}"].flatMap((key) => ["--set", key]);
    const { code, stdout, stderr } = await sample.run(["source", "try", `${url}/phish.txt?key=s3cr3t`, ...secrets]);
    expect([code, asked]).toEqual([0, ["Bearer s3cr3t-token"]]);
    expect(stdout).toContain("changed   2027-01-15T06:30:00Z, 2 hours ago\n");
    expect(stdout).toContain(`url: "${url}/phish.txt?key=…", every: 1h, bearerFile: `);
    expect(stdout).toContain("write in full what stands as …");
    expect(stdout).toContain("headers: {…}");
    expect(stdout + stderr).not.toContain("s3cr3t");
    expect(leftOver()).toEqual([]);
  });

  test("refuses what a source would refuse: addresses inside, web pages, what is not there", async () => {
    const sample = await built();
    const page = await serving("<!doctype html><p>gone</p>", { "content-type": "text/html" });
    const html = await trying(sample, page.url);
    expect([html.code, html.stderr]).toEqual([1, expect.stringContaining("web page")]);
    const inside = await trying(sample, `${page.url.replace("127.0.0.1", "localhost")} --set timeoutSeconds=5`);
    expect([inside.code, inside.stderr]).toEqual([1, expect.stringContaining("internal")]);
    const nothing = await trying(sample, "/no/such/list");
    expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining("there is no such file")]);
    const key = await trying(sample, `${sample.path("tried/phishing.txt")} --set colour=1`);
    expect([key.code, key.stderr]).toEqual([2, expect.stringContaining("Cannot try it so: ")]);
    expect((await trying(sample, "x --set colour")).code).toBe(2);
    expect(leftOver()).toEqual([]);
  });

  test("counts what entries say of themselves, and leaves out what does not count", async () => {
    const sample = sampleFolder();
    await sample.run("build");
    const table =
      "id,domain,kind,until,revoked\n1,a.example,phishing,,\n2,b.example,c2,,\n3,c.example,c2,2020-01-01,\n4,d.example,c2,,yes\n";
    const readInput = () => Buffer.from(table);
    const fields = "{id: id, category: kind, validUntil: until, revoked: revoked}";
    const words = ["source", "try", "-", "--format", "csv", "--set", `fields=${fields}`];
    const { code, stdout } = await sample.run(words, { readInput });
    expect([code, stdout]).toEqual([0, expect.stringContaining("not counting  1 revoked, 1 ended\n")]);
    expect(stdout).toContain("categories    1 phishing, 1 c2\n");
    expect(stdout).toContain("phishing.rpz.example: 1 new rule beside 2");
    expect(stdout).toContain(`fields: ${fields}}`);
  });

  test("sweeps its folder where it is told to stop", async () => {
    const sample = await built();
    let stop = (_: "SIGINT"): void => {};
    const codes: number[] = [];
    const listed: number[] = [];
    const stderr = {
      terminal: undefined,
      write: (text: string | Uint8Array) => {
        if (!String(text).startsWith("reading")) return;
        listed.push(leftOver().length);
        stop("SIGINT");
        listed.push(leftOver().length);
      },
    };
    await sample.run(`source try ${sample.path("tried/phishing.txt")}`, {
      stderr,
      onSignal: (listener) => {
        stop = listener;
        return () => {};
      },
      exitNow: (code) => void codes.push(code),
    });
    expect([listed, codes]).toEqual([[1, 0], [1]]);
  });
});
