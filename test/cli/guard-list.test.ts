import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtInGuards } from "../../src/config/built-in-guards.ts";
import { computedGuards } from "../../src/guard/computed.ts";
import { mainFile, type Sample, sampleFolder } from "./cli.ts";

const builtInIds = [...builtInGuards, ...computedGuards([])].map(({ id }) => id);
const off = builtInIds.map((id) => `  - {id: ${id}, use: false}\n`).join("");

/** The sample folder with two guards and no built-in one, one of them overridden. */
function sample(files: Readonly<Record<string, string>> = {}): Sample {
  const guards = `guards:
${off}  - {id: banks, class: protected, from: guards/banks.txt, scope: subtree, strict: false, zones: phishing.rpz.example}
  - {id: top, class: popular, from: guards/top.csv, format: ranks, top: 2}
`;
  return sampleFolder({
    "rpzmill.yaml": mainFile(guards).replace("confidence: 60}", "confidence: 60, overrideGuards: [top]}"),
    "guards/banks.txt": "bank.example\n*.tax.example\nbad..name\ncom\n",
    "guards/top.csv": "rank,domain\n1,large.example\n2,larger.example\n15,small.example\n100,tiny.example\n",
    ...files,
  });
}

async function built(files: Readonly<Record<string, string>> = {}): Promise<Sample> {
  const folder = sample(files);
  const { code, stderr } = await folder.run("build --quiet");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return folder;
}

describe("guard list", () => {
  test("prints each guard with its class, counts, list, overrides and state, and what is off", async () => {
    const { code, stdout } = await (await built()).run("guard list");
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^guard +class +format +entries +rejects +accepted +list +overridden by +state$/);
    expect(lines[1]).toMatch(
      /^banks +protected +domains +2 +2 +2027-01-15T08:00:00Z +\S*guards\/banks\.txt +- +current$/,
    );
    expect(lines[2]).toMatch(/^top +popular +ranks +6 +0 +2027-01-15T08:00:00Z +\S*guards\/top\.csv +hosts +current$/);
    expect(lines[3]).toBe(`off: ${builtInIds.join(", ")}`);
  });

  test("--json says the same to programs", async () => {
    const folder = await built();
    expect(await folder.json("guard list")).toEqual({
      guards: [
        {
          id: "banks",
          class: "protected",
          format: "domains",
          builtIn: false,
          from: folder.path("guards/banks.txt"),
          zones: ["phishing.rpz.example"],
          takenAt: "2027-01-15T08:00:00Z",
          entries: 2,
          rejects: 2,
          overriddenBy: [],
          state: "current",
        },
        expect.objectContaining({ id: "top", zones: null, entries: 6, rejects: 0, overriddenBy: ["hosts"] }),
      ],
      off: builtInIds,
    });
  });

  test("the state says when a list changed, when its reading did, and when it cannot be read", async () => {
    const folder = await built();
    const state = async (): Promise<unknown[]> =>
      ((await folder.json("guard list"))["guards"] as { state: unknown }[]).map((guard) => guard.state);
    folder.write("guards/banks.txt", "bank.example\n");
    expect(await state()).toEqual(["changed", "current"]);
    rmSync(folder.path("guards/banks.txt"));
    expect(await state()).toEqual(["unreadable", "current"]);
    folder.write("rpzmill.yaml", folder.read("rpzmill.yaml").replace("top: 2", "top: 3"));
    expect(await state()).toEqual(["unreadable", "changed"]);
  });

  test("the state says that nothing goes off a strict list while a line cannot be read", async () => {
    const folder = await built();
    folder.write("rpzmill.yaml", folder.read("rpzmill.yaml").replace("strict: false", "strict: true"));
    const build = await folder.run("build --quiet");
    expect(build.stderr).toMatch(
      /^warning: Cannot read all of ".*banks\.txt": line 3 is "bad\.\.name" \(empty-label\)/,
    );
    expect(build.stdout).toContain("guard banks: GUARD_HELD, losses held\n");
    expect(await folder.json("guard list")).toMatchObject({ guards: [{ id: "banks", state: "on hold" }, {}] });
    expect(await folder.json("guard show banks")).toMatchObject({
      state: "on hold",
      fault: { message: expect.stringContaining('line 3 is "bad..name"') },
    });
    expect((await folder.run("guard show banks")).stdout).toMatch(/^fault +Cannot read all of /m);
  });

  test("a guard that was never taken says so", async () => {
    const folder = await built();
    folder.write(
      "rpzmill.yaml",
      folder.read("rpzmill.yaml").replace("guards:\n", "guards:\n  - {id: new, class: shared, from: guards/top.csv}\n"),
    );
    expect((await folder.run("guard list")).stdout).toMatch(/^new .* never taken; `rpzmill build` says why$/m);
  });
});

describe("a guard without a list", () => {
  const builtFolder = async (): Promise<Sample> => {
    const folder = sampleFolder();
    await folder.run("build --quiet");
    return folder;
  };

  test("is listed with what it follows from", async () => {
    const folder = await builtFolder();
    const { stdout } = await folder.run("guard list");
    expect(stdout).toMatch(/^own-zones +protected +computed +4 +0 +- +built-in +- +from the zones$/m);
    expect(stdout).toMatch(/^wide-prefixes +network +computed +0 .* IPv4 prefixes shorter than \/16, IPv6 than \/29$/m);
    const { guards } = await folder.json("guard list");
    expect((guards as { id: string }[]).find(({ id }) => id === "own-zones")).toMatchObject({
      format: "computed",
      builtIn: true,
      from: null,
      takenAt: null,
      entries: 4,
      state: "current",
    });
  });

  test("is shown with its names", async () => {
    const { stdout } = await (await builtFolder()).run("guard show own-zones");
    expect(stdout).toMatch(/^read as +computed$/m);
    expect(stdout).toMatch(/^guards +phishing\.rpz\.example and all beneath$/m);
    expect(stdout).toMatch(/^guards +rpz\.example$/m);
  });
});

describe("guard show", () => {
  test("prints all facts, and the lines that were not accepted", async () => {
    const { code, stdout } = await (await built()).run("guard show banks");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^class +protected$/m);
    expect(stdout).toMatch(/^list +\S*guards\/banks\.txt, 41 B$/m);
    expect(stdout).toMatch(/^read as +domains, scope subtree$/m);
    expect(stdout).toMatch(/^entries +2 of 4 lines, 0 duplicates$/m);
    expect(stdout).toMatch(/^zones +phishing\.rpz\.example$/m);
    expect(stdout).toMatch(/^overridden by +no source$/m);
    expect(stdout).toContain("\nempty-label: 1 time\n  3: bad..name\n");
    expect(stdout).toContain("\nsingle-label: 1 time\n  4: com\n");
  });

  test("says how deep a rank list guards, and for which zones", async () => {
    const { stdout } = await (await built()).run("guard show top");
    expect(stdout).toMatch(/^read as +ranks, the first 2, and ten times as many for hosts of URLs, scope exact$/m);
    expect(stdout).toMatch(/^zones +all: malware\.rpz\.example, phishing\.rpz\.example$/m);
    expect(stdout).toMatch(/^overridden by +hosts$/m);
    expect(stdout).toContain("\nbeyond-top: 1 time\n  5: 100,tiny.example\n");
  });

  test("--json has the definition and the snapshot", async () => {
    expect(await (await built()).json("guard show top")).toMatchObject({
      id: "top",
      definition: { class: "popular", top: 2, builtIn: false },
      state: "current",
      snapshot: { entries: 6, lines: 5, rejects: { "beyond-top": { count: 1 } } },
      zones: ["malware.rpz.example", "phishing.rpz.example"],
      overriddenBy: ["hosts"],
    });
  });

  test("suggests the guard that was probably meant, and knows which built-in ones are off", async () => {
    const folder = await built();
    const mistyped = await folder.run("guard show bank");
    expect(mistyped.code).toBe(1);
    expect(mistyped.stderr).toContain('Cannot find "bank": there is no such guard (did you mean "banks"?)');
    expect((await folder.run("guard show popular")).stderr).toContain(
      'Cannot find "popular": this built-in guard is off',
    );
  });
});

describe("other commands", () => {
  test("config check names the guards, and warns of built-in ones that are off", async () => {
    const { stdout, stderr } = await sample().run("config check");
    expect(stdout).toMatch(/^guards +banks, top$/m);
    expect(stderr.match(/the built-in guard "[a-z-]+" is off$/gm)).toHaveLength(builtInIds.length);
    expect((await sample().json("config check"))["guards"]).toEqual(["banks", "top"]);
  });

  test("config check warns where no guard is in force", async () => {
    const { code, stdout, stderr } = await sampleFolder({ "rpzmill.yaml": mainFile("guards: none\n") }).run(
      "config check",
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^guards +none$/m);
    expect(stderr).toMatch(/^warning: .*rpzmill\.yaml:9:9: guards: no guard is in force/);
  });

  test("build says how many guards there are, what was rejected, and what is overridden", async () => {
    const folder = sample();
    const first = await folder.run("build");
    expect(first.stderr).toContain("reading the guard banks\n");
    expect(first.stdout).toContain("\n2 guards of 8 names and addresses: 2 accepted\n");
    expect(first.stdout).toContain(
      "\nguard banks: rejected 1 empty-label, 1 single-label; see `rpzmill guard show banks`\n",
    );
    expect(first.stdout).toContain("\nhosts overrides the guard top\n");
    rmSync(folder.path("guards/top.csv"));
    const second = await folder.run("build");
    expect(second.code).toBe(0);
    expect(second.stderr).toMatch(/^warning: Cannot read ".*top\.csv": .*; the last good copy stays in force\./m);
    expect(second.stdout).toContain("\n2 guards of 8 names and addresses: 1 unchanged, 1 failed\n");
    expect(second.stdout).toContain("\nguard top: SOURCE_UNREADABLE, last good copy kept\n");
  });

  test("build --accept takes a guard by its name in the store, and no other", async () => {
    const folder = await built();
    folder.write("guards/top.csv", "# nothing\n");
    expect((await folder.run("build --quiet")).stdout).toContain("guard top: SOURCE_EMPTY, last good copy kept\n");
    expect((await folder.run("build --quiet --accept guard:top")).stdout).toContain("1 unchanged, 1 accepted\n");
    const { code, stderr } = await folder.run("build --quiet --accept guard:tip");
    expect(code).toBe(2);
    expect(stderr).toContain('(did you mean "guard:top"?)');
  });

  test("build --json has the guards beside the sources, and the overrides", async () => {
    const report = await sample().json("build --quiet");
    expect(report).toMatchObject({
      guards: [
        {
          id: "banks",
          class: "protected",
          format: "domains",
          builtIn: false,
          outcome: "new",
          entries: 2,
          rejects: { "empty-label": 1, "single-label": 1 },
          takenAt: "2027-01-15T08:00:00Z",
          error: null,
        },
        { id: "top", outcome: "new" },
      ],
      overrides: [{ source: "hosts", guards: ["top"] }],
    });
  });
});
