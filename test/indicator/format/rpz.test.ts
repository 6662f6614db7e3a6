import { describe, expect, it } from "vitest";
import { parse } from "../parse.ts";
import { shown, takes, type Vector } from "../vectors.ts";

const soa = "SOA localhost. hostmaster.rpz.example. 1 60 30 2592000 60";

const bare: readonly Vector[] = [
  ["NXDOMAIN", "evil.example CNAME .", "+evil.example"],
  ["NODATA", "evil.example CNAME *.", "+evil.example"],
  ["drop", "evil.example CNAME rpz-drop.", "+evil.example"],
  ["a wildcard", "*.evil.example CNAME .", "+*.evil.example"],
  ["a name and its wildcard", "evil.example CNAME .\n*.evil.example CNAME .", "+evil.example +*.evil.example"],
  ["a TTL and a class", "evil.example 300 IN CNAME .", "+evil.example"],
  ["a class and a TTL", "evil.example IN 1h30m CNAME .", "+evil.example"],
  ["tabs and letter case", "EVIL.Example\tin\tcname\t.", "+evil.example"],
  ["an absolute owner", "evil.example. CNAME .", "+evil.example"],
  ["a comment behind", "evil.example CNAME . ; c2", "+evil.example"],
  ["a comment that sticks", "evil.example CNAME .;c2", "+evil.example"],
  ["an escaped octet", "e\\118il.example CNAME .", "+evil.example"],
  ["an escaped dot", "e\\.vil.example CNAME .", "!bad-character"],
  ["an escaped blank", "e\\032vil.example CNAME .", "!bad-character"],
  ["a null address", "evil.example A 0.0.0.0", "+evil.example"],
  ["an IPv6 null address", "evil.example AAAA ::1", "+evil.example"],
  ["CR LF", "evil.example CNAME .\r", "+evil.example"],
  ["UTF-8", "bücher.example CNAME .", "+xn--bcher-kva.example"],

  ["passthru", "evil.example CNAME rpz-passthru.", "-evil.example"],
  ["passthru without its dot", "evil.example CNAME rpz-passthru", "-evil.example"],
  ["passthru of a wildcard", "*.evil.example CNAME RPZ-Passthru.", "-*.evil.example"],
  ["the old form of passthru", "evil.example CNAME evil.example.", "-evil.example"],
  ["the old form of a wildcard", "*.evil.example CNAME *.evil.example.", "-*.evil.example"],

  ["tcp-only", "evil.example CNAME rpz-tcp-only.", "+evil.example"],
  ["a walled garden", "search.example CNAME safe.example.", "+search.example"],
  ["names beneath a walled garden", "evil.example CNAME *.garden.example.", "+evil.example"],
  ["an address that is no null address", "evil.example A 192.0.2.7", "+evil.example"],
  ["an address that is none", "evil.example A 0.0.0", "!bad-syntax"],
  ["a text", 'evil.example TXT "blocked; really"', "!unsupported-trigger"],
  ["DNAME", "evil.example DNAME .", "!unsupported-trigger"],
  ["a delegation", "evil.example NS ns.example.", "!unsupported-trigger"],
  ["a signature", "evil.example RRSIG CNAME 8 2 300", "!unsupported-trigger"],
  ["two targets", "evil.example CNAME . .", "!bad-syntax"],
  ["no target", "evil.example CNAME", "!bad-syntax"],
  ["no type", "evil.example", "!bad-syntax"],
  ["free text", "evil.example is a bad site", "!free-text"],

  ["an address", "32.4.2.0.192.rpz-ip CNAME .", "+192.0.2.4"],
  ["a prefix with host bits", "24.77.2.0.192.rpz-ip CNAME .", "+192.0.2.0/24"],
  ["an IPv6 address", "128.1.zz.DB8.2001.RPZ-IP CNAME .", "+2001:db8::1"],
  ["passthru of an address", "32.4.2.0.192.rpz-ip CNAME rpz-passthru.", "-192.0.2.4"],
  ["an address with leading zeros", "32.004.2.0.192.rpz-ip CNAME .", "!bad-address"],
  ["a prefix that is none", "33.4.2.0.192.rpz-ip CNAME .", "!bad-address"],
  ["everything", "0.0.0.0.0.rpz-ip CNAME .", "!prefix-too-short"],
  ["loopback", "8.0.0.0.127.rpz-ip CNAME .", "!special-purpose-address"],

  ["a client's address", "32.4.2.0.192.rpz-client-ip CNAME .", "+client-ip 192.0.2.4"],
  ["clients of a private network", "8.1.0.0.10.rpz-client-ip CNAME rpz-drop.", "+client-ip 10.0.0.0/8"],
  ["clients of a site's own network", "7.zz.fc00.rpz-client-ip CNAME .", "+client-ip fc00::/7"],
  ["passthru of a client", "32.4.2.0.192.RPZ-Client-IP CNAME rpz-passthru.", "-client-ip 192.0.2.4"],
  ["the resolver's own host as a client", "8.0.0.0.127.rpz-client-ip CNAME .", "!special-purpose-address"],
  ["all clients", "0.0.0.0.0.rpz-client-ip CNAME .", "!prefix-too-short"],
  ["all clients of IPv6", "3.zz.2000.rpz-client-ip CNAME .", "!prefix-too-short"],
  ["an address of name servers", "32.4.2.0.192.rpz-nsip CNAME .", "+nsip 192.0.2.4"],
  ["a private address of name servers", "8.0.0.0.10.rpz-nsip CNAME .", "!special-purpose-address"],
  ["a name server", "ns.evil.example.rpz-nsdname CNAME .", "+nsdname ns.evil.example"],
  ["name servers beneath a name", "*.evil.example.RPZ-NSDNAME CNAME .", "+*.nsdname evil.example"],
  ["passthru of a name server", "ns.evil.example.rpz-nsdname CNAME rpz-passthru.", "-nsdname ns.evil.example"],
  ["a name server of one label", "ns.rpz-nsdname CNAME .", "!single-label"],
  ["a name server without a name", "rpz-nsdname CNAME .", "!empty-label"],
  ["an address as a name server's name", "192.0.2.4.rpz-nsdname CNAME .", "!bad-address"],
  ["a trigger as a name server's name", "32.4.2.0.192.rpz-ip.rpz-nsdname CNAME .", "!reserved-label"],
  [
    "a name server whose name leaves no room for its label",
    `${"a.".repeat(120)}example.rpz-nsdname CNAME .`,
    "!name-too-long",
  ],
  ["a trigger's label alone", "rpz-ip CNAME .", "!bad-address"],
  ["a trigger that there is not", "32.9.9.9.9.rpz-foo CNAME .", "!reserved-label"],
  ["one of a name, misspelt", "ns.evil.example.RPZ-nsname CNAME .", "!reserved-label"],
  ["one with all beneath", "*.evil.example.rpz-nsdnames CNAME .", "!reserved-label"],
  ["passthru of one, which is lost", "ns.evil.example.rpz-nsname CNAME rpz-passthru.", "!exception-unreadable"],
  ["a name with such a label inside", "rpz-foo.example CNAME .", "+rpz-foo.example"],
  ["an address as a name", "192.0.2.4 CNAME .", "!bad-address"],

  ["a wildcard for everything", "* CNAME .", "!wildcard"],
  ["a wildcard beneath a single label", "*.zip CNAME .", "!single-label"],
  ["a single label", "zip CNAME .", "!single-label"],
  ["a star inside", "a.*.example CNAME .", "!wildcard"],
  ["a star inside a label", "ev*l.example CNAME .", "!wildcard"],
  ["an empty label", "evil..example CNAME .", "!empty-label"],
  ["a numeric top label", "evil.example.1 CNAME .", "!numeric-tld"],
  ["the root", ". CNAME .", "!empty-label"],

  ["a comment", "; evil.example CNAME .", ""],
  ["a blank line", "", ""],
  ["$TTL", "$TTL 300", ""],
  ["an include", "$INCLUDE other.zone", "!directive"],
  ["generated names", "$GENERATE 1-9 evil$.example CNAME .", "!directive"],
  ["a quote that does not end", 'evil.example TXT "x', "!bad-syntax"],
  ["a parenthesis that does not end", "evil.example CNAME (", "!bad-syntax"],
  ["NUL", "evil\0.example CNAME .", "!binary"],
];

describe("bare rules", () => takes({ format: "rpz" }, bare));

describe("a zone file", () => {
  const zones: readonly Vector[] = [
    ["with an origin and @", `$ORIGIN rpz.example.\n@ ${soa}\n@ NS localhost.\nevil.example CNAME .`, "+evil.example"],
    [
      "with an owner for its SOA",
      `rpz.example. ${soa}\nrpz.example. NS localhost.\nevil.example.rpz.example. CNAME .`,
      "+evil.example",
    ],
    [
      "with @ and no origin",
      `@ ${soa}\n NS localhost.\nevil.example CNAME .\n*.evil.example CNAME .`,
      "+evil.example +*.evil.example",
    ],
    [
      "with @, no origin and an absolute owner, of which nobody knows where it lies",
      `@ ${soa}\nevil.example.rpz.example. CNAME .`,
      "!outside-zone",
    ],
    [
      "with an SOA over several lines",
      `$ORIGIN rpz.example.\n@ IN SOA localhost. hostmaster.rpz.example. (\n  1 ; serial\n  60 30\n\n  2592000 60 )\nevil.example CNAME .`,
      "+evil.example",
    ],
    [
      "with other origins",
      `$ORIGIN .\nrpz.example ${soa}\n$ORIGIN com.rpz.example.\nevil CNAME .\n$ORIGIN evil.com.rpz.example.\n* CNAME .`,
      "+evil.com +*.evil.com",
    ],
    ["with a relative origin", `$ORIGIN rpz.example.\n@ ${soa}\n$ORIGIN com\nevil CNAME .`, "+evil.com"],
    [
      "with an origin and no SOA",
      "$ORIGIN rpz.example.\nevil.example CNAME .\nbad.example.rpz.example. CNAME .",
      "+evil.example +bad.example",
    ],
    [
      "with an owner outside",
      `rpz.example. ${soa}\nevil.example. CNAME .\nevil.example.otherrpz.example. CNAME .`,
      "!outside-zone !outside-zone",
    ],
    [
      "with owners left out",
      `$ORIGIN rpz.example.\n@ ${soa}\nevil.example A 0.0.0.0\n\tAAAA ::\n 300 IN TXT x`,
      "+evil.example +evil.example !unsupported-trigger",
    ],
    [
      "with records of its own at the apex",
      `$ORIGIN rpz.example.\n@ ${soa}\n@ NS localhost.\n@ TXT "list 7"\n@ A 0.0.0.0`,
      "",
    ],
    [
      "with the old passthru, relative and absolute",
      `$ORIGIN rpz.example.\n@ ${soa}\na.example CNAME a.example.\nb.example CNAME b.example`,
      "-a.example -b.example",
    ],
    [
      "as dig shows a transfer",
      `; <<>> DiG <<>>\nrpz.example.\t60\tIN\t${soa}\nevil.example.rpz.example. 60 IN CNAME .\n32.4.2.0.192.rpz-ip.rpz.example. 60 IN CNAME .\nrpz.example.\t60\tIN\t${soa}`,
      "+evil.example +192.0.2.4",
    ],
    ["with an owner left out at its start", " CNAME .", "!bad-syntax"],
    ["whose apex has one label", `rpz. ${soa}\nevil.example.rpz. CNAME .`, "+evil.example"],
  ];
  takes({ format: "rpz" }, zones);

  it("with records at its apex that are no records of a zone", () => {
    const said = parse(
      { format: "rpz" },
      `@ ${soa}\n NS localhost.\n good.example CNAME rpz-passthru.\n evil.example CNAME .\n@ bad.example CNAME .\n@ CNAME .\n@\n`,
    );
    expect(said.entries).toEqual([]);
    expect(said.rejects).toEqual([
      "exception-unreadable@3",
      "free-text@4",
      "free-text@5",
      "bad-syntax@6",
      "bad-syntax@7",
    ]);
  });
});

describe("a parenthesis that never ends costs its line alone:", () => {
  const rules = (count: number, first = 0): string =>
    Array.from({ length: count }, (_, i) => `n${first + i}.example CNAME .\n`).join("");
  const entries = (count: number): string[] => Array.from({ length: count }, (_, i) => `+n${i}.example`);

  it("the rules after it count, and its reject names its line", () => {
    const said = parse({ format: "rpz" }, `${rules(700)}mid.example TXT (c\n${rules(2000, 700)}`);
    expect(said.rejects).toEqual(["bad-syntax@701"]);
    expect(said.entries).toEqual(entries(2700));
  });

  it("the exceptions after it count, and one in its own line is told", () => {
    const said = parse(
      { format: "rpz" },
      "a.example CNAME ( rpz-passthru.\nb.example CNAME rpz-passthru.\n@@||c.example^\nd.example CNAME (\n rpz-passthru.\n",
    );
    expect(said.entries).toEqual(["-b.example", "-c.example -*.c.example"]);
    expect(said.rejects).toEqual(["exception-unreadable@1", "exception-unreadable@5", "bad-syntax@4"]);
  });

  it.each([
    ["before the SOA", `; c\n# a list (of now\n@ SOA localhost. host. (\n 1 60\n 30 100 30 )\n x.example A 0.0.0.0\n`],
    ["twice", "a.example TXT (\nb.example TXT (\n"],
    ["with a quote that does not end behind it", 'a.example TXT (\nb.example TXT "c\n'],
    ["with a control octet behind it", "a.example TXT (\nb.example\0 CNAME .\n"],
  ])("%s", (_, start) => {
    const said = parse({ format: "rpz" }, `${start}${rules(300)}`);
    expect(said.entries).toEqual(entries(300));
    expect(said.rejects).toHaveLength(2);
  });

  it("a record over several lines behind it is read as one", () => {
    const said = parse(
      { format: "rpz" },
      "a.example TXT (\nb.example CNAME (\n . )\nc.example (\n CNAME rpz-passthru. )\n",
    );
    expect(said).toMatchObject({ entries: ["+b.example", "-c.example"], rejects: ["bad-syntax@1"] });
  });

  it("one on each line costs them in time that grows with their number", () => {
    const said = parse({ format: "rpz" }, `${"(\n".repeat(20_000)}${rules(10)}`);
    expect(said.entries).toEqual(entries(10));
  });
});

describe("a misspelt action is told and blocks nothing:", () => {
  const misspelt = [
    "rpz-passthrough.",
    "rpz-pasthru.",
    "rpz_passthru.",
    "rpz.passthru.",
    "passthru.",
    "passthru",
    "RPZ-PassThrough",
    "rpz-pass-thru.rpz.example.",
    "garden.",
  ];
  it.each(misspelt)("%s", (target) => {
    const list = `evil.example CNAME ${target}\n`;
    expect(shown({ format: "rpz" }, list)).toBe("!exception-unreadable");
    expect(shown({ format: "rpz", localData: "reject" }, list)).toBe("!exception-unreadable");
    expect(shown({ format: "rpz", role: "allow" }, list)).toBe("+evil.example");
  });
  it.each(["rpz-block.garden.example.", "garden.example.", "localhost."])("%s is a walled garden", (target) => {
    expect(shown({ format: "rpz" }, `evil.example CNAME ${target}\n`)).toBe("+evil.example");
    expect(shown({ format: "rpz", localData: "reject" }, `evil.example CNAME ${target}\n`)).toBe("!maps-address");
  });
});

describe("answers of a zone's own", () => {
  it("are rejects where the source says so, and their names then have no rule", () => {
    const said = parse(
      { format: "rpz", localData: "reject" },
      "a.example CNAME block.provider.example.\nb.example A 192.0.2.1\nc.example A 0.0.0.0\n",
    );
    expect(said).toMatchObject({ entries: ["+c.example"], rejects: ["maps-address@1", "maps-address@2"] });
  });
});

describe("rules whose targets the configuration names", () => {
  const actions = {
    "ok.vendor.example": "allow",
    "block.vendor.example": "block",
    "rpz-tcp-only": "reject",
    "rpz-passthru": "block",
    "*": "reject",
    "192.0.2.1": "reject",
    garden: "block",
  } as const;
  it("are what it says, before all else", () => {
    const said = parse(
      { format: "rpz", localData: "reject", actions },
      [
        "a.example CNAME OK.vendor.example.",
        "b.example CNAME block.vendor.example.",
        "c.example CNAME rpz-tcp-only.",
        "d.example CNAME rpz-passthru.",
        "e.example CNAME *.",
        "f.example A 192.0.2.1",
        "g.example CNAME garden.",
        "h.example CNAME .",
        "i.example CNAME other.vendor.example.",
        "j.example CNAME rpz-drop.",
        "32.4.2.0.192.rpz-ip CNAME block.vendor.example.",
        "",
      ].join("\n"),
    );
    expect(said.entries).toEqual([
      "-a.example",
      "+b.example",
      "+d.example",
      "+g.example",
      "+h.example",
      "+j.example",
      "+192.0.2.4",
    ]);
    expect(said.rejects).toEqual(["maps-address@3", "maps-address@5", "maps-address@6", "maps-address@9"]);
  });
});

describe("the scope exact", () => {
  it("drops what is only about the names beneath", () => {
    const said = parse(
      { format: "rpz", scope: "exact" },
      "evil.example CNAME .\n*.evil.example CNAME .\n*.good.example CNAME rpz-passthru.\n32.4.2.0.192.rpz-ip CNAME .\n",
    );
    expect(said.entries).toEqual(["+evil.example", "-*.good.example", "+192.0.2.4"]);
    expect(said.rejects).toEqual(["outside-scope@2"]);
  });
});

describe("a policy zone of names to allow", () => {
  it("allows what its rules name, whatever they do to it", () => {
    const said = parse(
      { format: "rpz", role: "allow", localData: "reject" },
      "good.example CNAME .\nfine.example CNAME rpz-passthru.\n*.x.example CNAME rpz-passthru.\na.example A 192.0.2.7\n",
    );
    expect(said.entries).toEqual(["+good.example", "+fine.example", "+*.x.example", "+a.example"]);
    expect(said.rejects).toEqual([]);
  });
});
