import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mainFile, sampleFolder } from "../cli/cli.ts";
import { BuiltProgram } from "./built-program.ts";

test("run takes a file that is renamed into a folder, and says what it refuses", async () => {
  const main = mainFile().replace("from: lists/phish.txt", "folder: inbox/, every: 30d");
  const sample = sampleFolder({ "rpzmill.yaml": main });
  mkdirSync(sample.path("inbox"));
  const put = (name: string, content: string): void => {
    writeFileSync(sample.path(`inbox/.${name}`), content);
    renameSync(sample.path(`inbox/.${name}`), sample.path(`inbox/${name}`));
  };
  const run = new BuiltProgram(["run", "--config", sample.path("rpzmill.yaml")]);
  await run.reporter.line(/^built in /);
  put("a.txt", "login.bank.example\nshop.example\n");
  await run.reporter.line(/^phish: 1 file taken, in /);
  await run.reporter.line(/^phishing\.rpz\.example \d+(?: -> \d+)?: 2 rules/);
  put("b.txt", "<html><body>Sign in</body></html>");
  await run.reporter.line(/^phish: 1 file refused \("b\.txt": it is a web page/);
  await run.reporter.line(/^warning: Refused the file "b\.txt" of "phish": it is a web page/);
  run.process.kill("SIGTERM");
  expect(await run.end).toBe(0);
});
