import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { body, Script, serve } from "../feed/http/fetch-fixture.ts";
import { mainFile, type Sample, sampleFolder } from "./cli.ts";

/** The sample whose source `phish` is fetched from an origin. */
function fetched(origin: string, more = ""): Sample {
  const main = mainFile().replace("from: lists/phish.txt", `url: "${origin}/phish.txt?token=s3cret"${more}`);
  return sampleFolder({ "rpzmill.yaml": main });
}

const at = (seconds: number) => ({ clock: { nowMs: () => 1000 * (1_800_000_000 + seconds) } });

describe("build", () => {
  test("fetches what was never fetched, so that a first build is a whole one", async () => {
    const sample = fetched(await serve(body("login.bank.example\nshop.example\n")));
    const { code, stdout, stderr } = await sample.run("build");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(/^phish: fetched anew, 32 octets of which 32 octets came, in \d/m);
    expect(stdout).toMatch(/^phish +domains +2 +2 .* accepted$/m);
  });

  test("fetches only what is due", async () => {
    const script = new Script(body("shop.example\n"));
    const sample = fetched(await serve(script.listener));
    await sample.run("build");
    await sample.run("build", at(3000));
    expect(script.requests).toHaveLength(1);
    await sample.run("build", at(4000));
    expect(script.requests).toHaveLength(2);
  });

  test("takes in a list that changed, and none that came again as it was", async () => {
    const script = new Script(body("shop.example\n"), body("shop.example\n"), body("shop.example\nnew.example\n"));
    const sample = fetched(await serve(script.listener));
    await sample.run("build");
    const outcomes = async () => {
      const { stdout } = await sample.run("build --json --quiet", at(4000 * script.requests.length));
      const report = JSON.parse(stdout) as { sources: { outcome: string }[]; zones: { added: number }[] };
      return [report.sources[0]?.outcome, report.zones[1]?.added];
    };
    expect(await outcomes()).toEqual(["untouched", 0]);
    expect(await outcomes()).toEqual(["new", 2]);
  });

  test.each(["--no-fetch", "--dry-run"])(
    "with %s reads the copy that there is, and says how old it is",
    async (flag) => {
      const script = new Script(body("shop.example\n"));
      const sample = fetched(await serve(script.listener));
      await sample.run("build");
      const { code, stderr } = await sample.run(`build ${flag}`, at(100_000));
      expect(code).toBe(0);
      expect(stderr).toContain("phish: reading the copy that was good at 2027-01-15T08:00:00Z\n");
      expect(script.requests).toHaveLength(1);
    },
  );

  test("of a list that cannot be fetched reads the last good copy, and warns", async () => {
    const script = new Script(body("shop.example\n"), body("gone", {}, 404));
    const sample = fetched(await serve(script.listener));
    await sample.run("build");
    const { code, stdout, stderr } = await sample.run("build --json", at(4000));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      sources: [{ id: "phish", outcome: "untouched", error: null }, {}, {}],
      fetches: [{ id: "phish", outcome: "failed", error: { code: "SOURCE_NOT_FETCHED" } }],
    });
    expect(stderr).toMatch(
      /^warning: Cannot fetch "[^"]*\/phish\.txt\?token=…": its host has no such list \(404\)\. /m,
    );
    expect((await sample.json("zone list"))["zones"]).toMatchObject([{}, { rules: 1 }]);
  });

  test("without any copy fails that zone alone, and says how to fetch", async () => {
    const sample = fetched(await serve(body("gone", {}, 404)));
    const { code, stderr } = await sample.run("build");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /it has not been fetched yet; there is no earlier one\. Fetch it with `rpzmill source fetch phish`/,
    );
    expect((await sample.json("zone list"))["zones"]).toMatchObject([{ apex: "malware.rpz.example", rules: 1 }, {}]);
  });

  test("of a list whose address changed keeps the snapshot until the other is fetched", async () => {
    const script = new Script(body("shop.example\n"), body("gone", {}, 404));
    const sample = fetched(await serve(script.listener));
    await sample.run("build");
    sample.write("rpzmill.yaml", sample.read("rpzmill.yaml").replace("/phish.txt", "/other.txt"));
    expect((await sample.run("build")).code).toBe(0);
    expect(script.requests[1]?.url).toBe("/other.txt?token=s3cret");
    expect((await sample.json("zone list"))["zones"]).toMatchObject([{}, { rules: 1 }]);
  });
});

describe("source fetch", () => {
  test("fetches what is due; named lists whether or not they are; and with --force whole", async () => {
    const script = new Script(body("shop.example\n", { etag: '"1"' }), body("", {}, 304), body("shop.example\n"));
    const sample = fetched(await serve(script.listener));
    const outcomes = async (line: string) => ((await sample.json(line))["sources"] as object[])[0];
    const nextAt = expect.stringMatching(/^2027-01-15T0[89]:\d\d:\d\dZ$/);
    expect(await outcomes("source fetch")).toMatchObject({
      id: "phish",
      outcome: "new",
      bytes: 13,
      error: null,
      nextAt,
    });
    expect(await outcomes("source fetch")).toMatchObject({ outcome: "not-due" });
    expect(await outcomes("source fetch phish")).toMatchObject({ outcome: "not-modified", fetchedBytes: 0 });
    expect(await outcomes("source fetch phish --force")).toMatchObject({ outcome: "same", fetchedBytes: 13 });
    expect(script.requests.map(({ headers }) => headers["if-none-match"])).toEqual([undefined, '"1"', undefined]);
  });

  test("prints a table, and ends with 1 where a list cannot be fetched", async () => {
    const sample = fetched(await serve(new Script(body("shop.example\n"), body("", {}, 403)).listener));
    expect((await sample.run("source fetch")).stdout).toMatch(/^phish +new +13 B +13 B +\d\S* s +2027-\S+Z$/m);
    const { code, stdout, stderr } = await sample.run("source fetch phish");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^phish +failed; the last good copy stays +13 B +0 B /m);
    expect(stderr).toMatch(/its host refuses it to us \(403\)/);
  });

  test("says what cannot be fetched, and what was meant", async () => {
    const sample = fetched(await serve(body("shop.example\n")));
    expect((await sample.run("source fetch hosts")).stderr).toContain('Cannot fetch "hosts": it is a file');
    const { code, stderr } = await sample.run("source fetch pish phish");
    expect(code).toBe(1);
    expect(stderr).toContain('Cannot fetch "pish": no list of this id is fetched (did you mean "phish"?)');
  });

  test("fetches allow lists and lists of guards, too", async () => {
    const origin = await serve(body("safe.example\n"));
    const sample = sampleFolder({
      "rpzmill.yaml": mainFile(`guards: [{id: ours, class: protected, url: "${origin}/guard"}]\n`).replace(
        "from: lists/own.txt",
        `url: "${origin}/own"`,
      ),
    });
    const { stdout } = await sample.run("source fetch own guard:ours --json");
    expect(JSON.parse(stdout)).toMatchObject({
      sources: [
        { id: "own", outcome: "new" },
        { id: "guard:ours", outcome: "new" },
      ],
    });
    await sample.run("build");
    expect(await sample.json("guard show ours")).toMatchObject({ state: "current", fetchedAt: "2027-01-15T08:00:00Z" });
    expect((await sample.run("guard show ours")).stdout).toMatch(/^address +http:\S+\/guard, every 1h$/m);
  });
});

describe("source list and source show", () => {
  test("say when a list was fetched and changed, when it is next, and what went wrong last", async () => {
    const script = new Script(body("shop.example\n", { etag: '"1"' }), body("", {}, 304), body("", {}, 404));
    const sample = fetched(await serve(script.listener));
    await sample.run("build");
    await sample.run("source fetch phish", at(3600));
    expect(await sample.json("source list")).toMatchObject([
      {
        id: "phish",
        state: "current",
        fetchedAt: "2027-01-15T08:00:00Z",
        checkedAt: "2027-01-15T09:00:00Z",
        changedAt: "2027-01-15T08:00:00Z",
        nextAt: expect.stringMatching(/^2027-01-15T(?:09:5|10:0)/),
        error: null,
      },
      { id: "hosts", fetchedAt: null, nextAt: null, error: null },
      {},
    ]);
    await sample.run("source fetch phish", at(7200));
    const { stdout } = await sample.run("source list");
    expect(stdout).toMatch(/^source .* fetched +next +state$/m);
    expect(stdout).toMatch(/^phish .* current; not fetched since 2027-01-15T09:00:00Z$/m);
    expect(await sample.json("source show phish")).toMatchObject({ error: { code: "SOURCE_NOT_FETCHED" } });
    const shown = (await sample.run("source show phish", at(10_800))).stdout;
    expect(shown).toMatch(/^address +http:\S+\/phish\.txt\?token=…, every 1h$/m);
    expect(shown).toMatch(/^fetched +2027-01-15T08:00:00Z, .* 2h ago$/m);
    expect(shown).toMatch(/^last error +Cannot fetch .* \(404\)\. /m);
  });

  test("say of a list that was never fetched that it was not", async () => {
    const sample = fetched(await serve(body("", {}, 404)));
    await sample.run("build");
    expect((await sample.run("source list")).stdout).toMatch(
      /it has not been fetched yet; .*; the last fetch failed$/m,
    );
    expect((await sample.run("source show phish")).stdout).toMatch(/^fetched +never$/m);
  });
});

test("store forget deletes the copy of a source that left", async () => {
  const sample = fetched(await serve(body("shop.example\n")));
  await sample.run("build");
  sample.write("rpzmill.yaml", mainFile().replace(/^ {2}- \{id: phish.*\n/m, ""));
  sample.write("zones/phishing.yaml", sample.read("zones/phishing.yaml").replace("[phishing]", "[malware]"));
  await sample.run("build --accept-zone phishing.rpz.example");
  expect(readdirSync(sample.path("var/fetched"))).toEqual(["phish"]);
  expect(await sample.run("store forget phish")).toMatchObject({ code: 0 });
  expect(readdirSync(sample.path("var/fetched"))).toEqual([]);
});

test("no secret is printed, logged, or kept", async () => {
  const origin = await serve(
    new Script(body("shop.example\n"), body("", { location: "/?key=qu3ry" }, 302), body("", {}, 403)).listener,
  );
  const secrets = ["qu3ry", "us3r", "p4ssword", "b34rer", "h34der"];
  const main = mainFile()
    .replace(
      "from: lists/phish.txt",
      `url: "${origin}/a?key=qu3ry", user: {env: USER_NAME}, passwordFile: password, headers: {X-Api-Key: h34der}, every: 1m`,
    )
    .replace(
      "from: lists/hosts.txt",
      `url: "${origin}/b?qu3ry", bearerFile: bearer, headers: {X-Other: {env: HEADER}}`,
    );
  const sample = sampleFolder({ "rpzmill.yaml": main, password: "p4ssword\n", bearer: "b34rer\n" });
  const env = { USER_NAME: "us3r", HEADER: "h34der" };
  secrets.push(Buffer.from("us3r:p4ssword").toString("base64"));
  let printed = "";
  for (const [i, line] of [
    "config check",
    "config check --json",
    "build",
    "build --json",
    "source fetch phish --force",
    "source fetch hosts --json",
    "source list",
    "source list --json",
    "source show phish",
    "source show phish --json",
    "source show hosts --json",
    "explain shop.example --json",
  ].entries()) {
    const { stdout, stderr } = await sample.run(line, { env, ...at(100 * i) });
    printed += `${stdout}${stderr}`;
  }
  expect(printed).toContain("key=…");
  const kept = filesIn(sample.path("var")).map((file) => `${file}\n${readFileSync(file, "latin1")}`);
  expect(kept.length).toBeGreaterThan(3);
  for (const secret of secrets) {
    expect(printed).not.toContain(secret);
    for (const text of kept) expect(text.includes(secret), `${secret} in ${text.split("\n")[0]}`).toBe(false);
  }
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
