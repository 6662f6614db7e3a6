import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError } from "../../src/config/faults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { folderOf, mainWith, zoneWith } from "./folder.ts";

const load = (source: string) => {
  const main = mainWith().replace("from: phish.txt", source);
  const folder = folderOf({ "rpzmill.yaml": main, "zone.yaml": zoneWith() });
  return { folder, config: () => loadConfig(join(folder, "rpzmill.yaml")) };
};

const faultsOf = (source: string): string => {
  try {
    load(source).config();
    return "none";
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ message }) => message).join("; ");
  }
};

test("a source may be a folder, which is looked into each minute unless it says otherwise", () => {
  const { folder, config } = load("folder: inbox/");
  expect(config().sources[0]).toMatchObject({
    fetch: { kind: "folder", folder: join(folder, "inbox"), everySeconds: 60, timeoutSeconds: 600 },
  });
  expect(load("folder: inbox/, every: 5m").config().sources[0]).toMatchObject({ fetch: { everySeconds: 300 } });
});

test.each([
  ["folder: inbox/, from: x.txt", "folder: cannot stand beside from: a list is from one place"],
  ['folder: inbox/, url: "https://lists.example/"', "folder: cannot stand beside url: a list is from one place"],
  ["folder: inbox/, user: me", "user: is for lists that are fetched over HTTP"],
  ["folder: inbox/, network: internal", "network: is for lists that are fetched over HTTP"],
  ["folder: inbox/, refreshSeconds: 60", "refreshSeconds: is for single files"],
])("%s is a fault", (source, message) => {
  expect(faultsOf(source)).toContain(message.slice(message.indexOf(": ") + 2));
});
