/** What names and addresses of a list are compared with: the source's configuration, or a column of its rows. */
import { describe, expect, it } from "vitest";
import { collect, parse, type VectorOptions } from "../parse.ts";
import { takes } from "../vectors.ts";

const servers = { names: "nsdname", addresses: "nsip" } as const;
const clients = { names: "qname", addresses: "client-ip" } as const;

describe("a list of name servers", () => {
  takes({ format: "domains", triggers: servers }, [
    ["a name", "ns1.evil.example", "+nsdname ns1.evil.example"],
    ["a name with all beneath", "*.evil.example", "+nsdname evil.example +*.nsdname evil.example"],
    ["an address", "192.0.2.53", "+nsip 192.0.2.53"],
    [
      "an exception",
      "||evil.example^\n@@||ok.evil.example^",
      "+nsdname evil.example +*.nsdname evil.example -nsdname ok.evil.example -*.nsdname ok.evil.example",
    ],
    ["a private address", "10.0.0.53", "!special-purpose-address"],
    ["a name that leaves no room for the label", `${"a.".repeat(120)}example`, "!name-too-long"],
  ]);
  takes({ format: "hosts", triggers: servers }, [
    ["a hosts line", "0.0.0.0 ns.evil.example", "+nsdname ns.evil.example"],
  ]);
  takes({ format: "adblock", triggers: servers }, [["a rule", "|ns.evil.example^", "+nsdname ns.evil.example"]]);
});

describe("a list of clients", () => {
  takes({ format: "domains", triggers: clients }, [
    ["a private network", "10.1.0.0/16", "+client-ip 10.1.0.0/16"],
    ["a range of it", "10.1.0.0-10.1.0.2", "+client-ip 10.1.0.0/31 +client-ip 10.1.0.2"],
    ["a network of a site", "fc00::/7", "+client-ip fc00::/7"],
    ["a public address", "192.0.2.1", "+client-ip 192.0.2.1"],
    ["the host itself", "127.0.0.1", "!special-purpose-address"],
    ["everyone", "0.0.0.0/0", "!prefix-too-short"],
    ["a name", "evil.example", "+evil.example"],
  ]);
});

describe("a row's trigger", () => {
  const csv: VectorOptions = { format: "csv", column: "value", fields: { trigger: "kind" } };
  const shown = (rows: readonly string[], options: VectorOptions = csv): string[] => {
    const { entries, rejects } = parse(options, `value,kind\n${rows.join("\n")}\n`);
    return [...entries, ...rejects.map((reject) => `!${reject}`)];
  };

  it.each([
    ["evil.example,qname", "+evil.example"],
    ["ns.evil.example,nsdname", "+nsdname ns.evil.example"],
    ["192.0.2.1,response-ip", "+192.0.2.1"],
    ["10.0.0.0/8,client-ip", "+client-ip 10.0.0.0/8"],
    ["192.0.2.1, NSIP ", "+nsip 192.0.2.1"],
    ["evil.example,", "+evil.example"],
    ["192.0.2.1,", "+192.0.2.1"],
    ["10.0.0.0/8,", "!special-purpose-address@0"],
    ["10.0.0.0/8,nsip", "!special-purpose-address@0"],
    ["127.0.0.1,client-ip", "!special-purpose-address@0"],
    ["0.0.0.0/0,client-ip", "!prefix-too-short@0"],
    ["evil.example,nsip", "!wrong-trigger@0"],
    ["192.0.2.1,qname", "!wrong-trigger@0"],
    ["evil.example,domain", "!bad-fact@2"],
    ["9.255.255.255-10.0.0.0,nsip", "!special-purpose-address@2"],
    ["9.255.255.255-10.0.0.0,client-ip", "!special-purpose-address@2"],
  ])("%s: %s", (row, expected) => {
    expect(shown([row])).toEqual([expected]);
  });

  it("is told where it is not one of the item's kind", () => {
    const { rejects } = collect(csv, Buffer.from("value,kind\nevil.example,nsip\n192.0.2.1,qname\n"));
    expect(rejects.samples["wrong-trigger"]?.map(({ text }) => text)).toEqual([
      "trigger nsip is for addresses; evil.example",
      "trigger qname is for names; 192.0.2.1",
    ]);
  });

  it("of a range is that of all its parts", () => {
    expect(shown(["10.1.0.0-10.1.0.2,client-ip"])).toEqual(["+client-ip 10.1.0.0/31", "+client-ip 10.1.0.2"]);
    expect(shown(["10.1.0.0-10.1.0.2,nsip"])).toHaveLength(2);
    expect(shown(["10.1.0.0-10.1.0.2,nsip"]).join(" ")).not.toContain("+");
  });

  it("of rows beside one another is each row's own", () => {
    const rows = [
      "a.example,nsdname",
      "a.example,qname",
      "bad.example,nothing",
      "192.0.2.1,nsip",
      "192.0.2.1,client-ip",
    ];
    expect(shown(rows)).toEqual([
      "+nsdname a.example",
      "+a.example",
      "+nsip 192.0.2.1",
      "+client-ip 192.0.2.1",
      "!bad-fact@4",
    ]);
  });

  it("is the source's where a row has none", () => {
    expect(shown(["a.example,", "192.0.2.1,", "b.example,qname"], { ...csv, triggers: servers })).toEqual([
      "+nsdname a.example",
      "+nsip 192.0.2.1",
      "+b.example",
    ]);
  });

  it("of an object holds for all that the object lists, but for objects within that have one", () => {
    const options: VectorOptions = {
      format: "json",
      path: "events.items",
      column: "value",
      fields: { trigger: "kind" },
    };
    const list = JSON.stringify({
      events: [
        { kind: "nsdname", items: ["a.example", { value: "b.example" }] },
        {
          items: [
            { value: "10.0.0.0/8", kind: "client-ip" },
            { value: "c.example", kind: "no" },
            { value: "d.example" },
          ],
        },
      ],
    });
    const { entries, rejects } = parse(options, list);
    expect(entries).toEqual(["+nsdname a.example", "+nsdname b.example", "+client-ip 10.0.0.0/8", "+d.example"]);
    expect(rejects).toEqual(["bad-fact@1"]);
  });
});
