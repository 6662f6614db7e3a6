/** Triggers in the configuration: what may be said where, and what resolvers make of it. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError } from "../../src/config/faults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { folderOf, mainWith, zoneWith } from "./folder.ts";

function load(source: string, zone = ""): ReturnType<typeof loadConfig> {
  const folder = folderOf({
    "rpzmill.yaml": mainWith().replace("from: phish.txt", `from: phish.txt${source}`),
    "zone.yaml": zoneWith("transfer: [{address: 127.0.0.1/32}]\n").replace("[phish]", `[phish]${zone}`),
  });
  return loadConfig(join(folder, "rpzmill.yaml"));
}

function faultOf(source: string, zone = ""): string {
  try {
    load(source, zone);
    return "";
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ key, message }) => `${key} ${message}`).join("\n");
    throw error;
  }
}

test("a zone has rules on names and on addresses in answers where it does not say otherwise", () => {
  expect(load("").zones[0]?.take.triggers).toEqual(["qname", "response-ip"]);
  expect(load("", ", triggers: nsip").zones[0]?.take.triggers).toEqual(["nsip"]);
  expect(faultOf("", ", triggers: [client]")).toMatch(/take\.triggers\[0\].*client-ip/);
});

test("a source says what its names and addresses are compared with, but for policy zones, whose rules say it", () => {
  expect(
    load(", format: hosts, names: nsdname, addresses: nsip", ", triggers: [nsdname, nsip]").sources[0],
  ).toMatchObject({
    names: "nsdname",
    addresses: "nsip",
  });
  expect(faultOf(", format: rpz, names: nsdname")).toBe(
    "sources[0].names is for format domains, hosts, adblock, dnsmasq, unbound, csv, json and urls only; set the format",
  );
  expect(faultOf(", addresses: nsip")).toMatch(/^sources\[0\]\.addresses is for format .*; set the format$/);
  expect(faultOf(", format: hosts, names: nsip")).toMatch(/^sources\[0\]\.names/);
});

const notes = (source: string, zone = ""): string[] =>
  load(source, zone).warnings.map(({ key, message }) => `${key} ${message.replace(/[,:].*/, "")}`);

const kept =
  "take.triggers Unbound before 1.18 goes on applying rules on clients and name servers that a change took away";
const noIpv6 = "take.triggers PowerDNS leaves out rules on IPv6 addresses of name servers";

test("what resolvers make of the triggers that not all of them have is warned of, where a zone takes them", () => {
  const withAction = (triggers: string, action: string): string[] => {
    const folder = folderOf({
      "rpzmill.yaml": mainWith(),
      "zone.yaml": zoneWith("transfer: [{address: 127.0.0.1/32}]\n")
        .replace("[phish]", `[phish], triggers: [${triggers}]`)
        .replace("nxdomain", action),
    });
    const { warnings } = loadConfig(join(folder, "rpzmill.yaml"));
    return warnings.map(({ key, message }) => `${key} ${message.replace(/[,:].*/, "")}`);
  };
  const crash = "take.triggers Unbound before 1.19 crashes on a rule on name servers with the action tcp-only";
  const noAlias =
    "take.triggers Unbound leaves out rules on clients and on addresses of name servers whose action is a cname";
  expect(withAction("qname, response-ip", "tcp-only")).toEqual([]);
  expect(withAction("nsdname", "nxdomain")).toEqual([kept]);
  expect(withAction("nsdname", "{default: nxdomain, phishing: tcp-only}")).toEqual([crash, kept]);
  expect(withAction("nsip", "tcp-only")).toEqual([crash, kept, noIpv6]);
  expect(withAction("client-ip", "tcp-only")).toEqual([kept]);
  expect(withAction("client-ip", "{cname: garden.example.net}")).toEqual([noAlias, kept]);
  expect(withAction("nsdname", "{cname: garden.example.net}")).toEqual([kept]);
});

test("a zone file with rules that Knot Resolver does not have is warned of", () => {
  const folder = folderOf({
    "rpzmill.yaml": mainWith(),
    "zone.yaml": zoneWith("file: true\n").replace("[phish]", "[phish], triggers: [qname, client-ip]"),
  });
  const { warnings } = loadConfig(join(folder, "rpzmill.yaml"));
  expect(warnings.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^Knot Resolver, which reads zone/),
  );
});

test("own protected names that no allow list lets pass are warned of, where a zone takes rules on name servers", () => {
  const said = (triggers: string, more: string): string[] => {
    const folder = folderOf({
      "rpzmill.yaml": mainWith(more),
      "zone.yaml": zoneWith("transfer: [{address: 127.0.0.1/32}]\n").replace(
        "[phish]",
        `[phish], triggers: [${triggers}]`,
      ),
    });
    const { warnings } = loadConfig(join(folder, "rpzmill.yaml"));
    return warnings.map(({ message }) => message).filter((message) => message.includes("mynames"));
  };
  const guard = (options: string): string => `guards:\n  - {id: mynames, from: own.txt, ${options}}\n`;
  const own = guard("class: protected");
  const warned = [expect.stringMatching(/^rules on name servers hit names that "mynames" protects/)];
  expect(said("qname, nsdname", own)).toEqual(warned);
  expect(said("qname, nsip", own)).toEqual(warned);
  expect(said("qname, client-ip", own)).toEqual([]);
  expect(said("qname, nsdname", guard("class: popular"))).toEqual([]);
  expect(said("qname, nsdname", `${own}allow:\n  - {id: pass, from: own.txt}\n`)).toEqual([]);
  expect(said("qname, nsdname", `${own}allow:\n  - {id: pass, from: others.txt}\n`)).toEqual(warned);
});

test("entries of a trigger that no zone takes are warned of", () => {
  const named = ", format: domains, names: nsdname, addresses: client-ip";
  expect(notes(named)).toEqual([
    'sources[0].names no zone that takes "phish" has nsdname among its `take.triggers`',
    'sources[0].addresses no zone that takes "phish" has client-ip among its `take.triggers`',
  ]);
  expect(notes(named, ", triggers: [nsdname, client-ip]")).toEqual([kept]);
});
