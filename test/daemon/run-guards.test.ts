import { expect, test } from "vitest";
import { mainFile, sampleFolder } from "../cli/cli.ts";
import { BuiltProgram } from "./built-program.ts";

test("run builds when a guard's list changes, warns while it cannot be read, and says what is overridden", async () => {
  const guards = "guards:\n  - {id: own, class: protected, from: lists/guarded.txt}\n";
  const sample = sampleFolder({
    "rpzmill.yaml": mainFile(guards).replace("scope: subtree}", "scope: subtree, overrideGuards: [own]}"),
    "lists/guarded.txt": "bank.example\n",
  });
  const run = new BuiltProgram(["run", "--config", sample.path("rpzmill.yaml")]);
  await run.reporter.line(/^phish overrides the guard own$/);
  await run.reporter.line(/^built in .* 2 of 2 zones changed$/);

  let lines = run.reporter.lines.length;
  sample.write("lists/guarded.txt", "bank.example\nshop.example\n");
  await run.reporter.line(/^a list changed file=.*guarded\.txt$/, lines);
  await run.reporter.line(/^built in /, lines);

  lines = run.reporter.lines.length;
  sample.write("lists/guarded.txt", "<html>\n");
  await run.reporter.line(/^warning: .*web page; the last good copy stays in force/, lines);
  await run.reporter.line(/^built in .*nothing changed$/, lines);
  run.process.kill("SIGTERM");
  expect(await run.end).toBe(0);
});
