/** Lines as lists in the field have them, in one dialect or another, and what each means. */
import { describe, expect, it } from "vitest";
import { detectFormat } from "../../../src/indicator/format/detect.ts";
import { readFormats } from "../../../src/indicator/format/format.ts";
import { collect, parse } from "../parse.ts";
import { shown, takes, type Vector } from "../vectors.ts";

const block = "+evil.example +*.evil.example";

describe("an adblock list:", () => {
  takes({ format: "adblock" }, [
    ["a rule with a note", "||evil.example^ # c2", block],
    ["a rule with a note that starts with two signs", "||evil.example^ ## c2", block],
    ["a rule with a cosmetic mark behind", "||evil.example^##.x", "!unsupported-rule"],
    ["a rule with a cosmetic mark in its pattern", "||evil.example##^", "!bad-character"],
    ["a rule with a mark of HTML rules", "||evil.example^$$", "!bad-syntax"],
    ["a cosmetic rule with blanks around its mark", "evil.example ## .x", "!cosmetic-rule"],
    ["a name alone", "|evil.example^", "+evil.example"],
    ["all beneath a name", "||*.evil.example^", "+*.evil.example"],
    ["NXDOMAIN", "||evil.example^$dnsrewrite=NXDOMAIN;;", block],
    ["NXDOMAIN in short", "||evil.example^$dnsrewrite=NXDOMAIN", block],
    ["REFUSED", "||evil.example^$dnsrewrite=REFUSED;;", block],
    ["the null address", "||evil.example^$dnsrewrite=0.0.0.0", block],
    ["the null address of IPv6", "||evil.example^$important,dnsrewrite=::", block],
    ["the null address in full", "||evil.example^$dnsrewrite=NOERROR;A;0.0.0.0", block],
    ["an answer of the list's own", "||evil.example^$dnsrewrite=NOERROR;CNAME;safe.example", "!maps-address"],
    ["an address of the list's own", "||evil.example^$dnsrewrite=192.0.2.7", "!maps-address"],
    ["an empty answer", "||evil.example^$dnsrewrite=NOERROR;;", "!maps-address"],
    ["a rewrite taken back", "@@||evil.example^$dnsrewrite", "!unsupported-option"],
    [
      "names left out",
      "||evil.example^$denyallow=a.evil.example|b.evil.example|other.example",
      `${block} -a.evil.example -*.a.evil.example -b.evil.example -*.b.evil.example`,
    ],
    [
      "a name left out that another rule blocks",
      "||evil.example^$denyallow=a.evil.example\n||a.evil.example^",
      `${block} +a.evil.example +*.a.evil.example !cancelled`,
    ],
    ["the name itself left out", "||evil.example^$denyallow=evil.example", "!unsupported-option"],
    ["what is no name left out", "||evil.example^$denyallow=com", "!unsupported-option"],
    ["a name among rules", "||evil.example^\nbad.example", `${block} +bad.example`],
    ["hosts lines among rules", "||evil.example^\n0.0.0.0 a.example b.example", `${block} +a.example +b.example`],
    ["a hosts line that maps", "192.0.2.7 a.example", "!maps-address"],
  ]);

  describe("$important", () => {
    takes({ format: "adblock" }, [
      ["outweighs an exception beneath", "||evil.example^$important\n@@||b.evil.example^", `${block} !cancelled`],
      ["outweighs it in the other order", "@@||b.evil.example^\n||evil.example^$important", `${block} !cancelled`],
      ["outweighs an exception of the name", "||evil.example^$important\n@@||evil.example^", `${block} !cancelled`],
      [
        "of the name alone leaves an exception what is beneath",
        "|evil.example^$important\n@@||evil.example^",
        "+evil.example -*.evil.example",
      ],
      [
        "does not outweigh an exception with it",
        "||evil.example^$important\n@@||b.evil.example^$important",
        `${block} -b.evil.example -*.b.evil.example`,
      ],
      [
        "of an exception outweighs all beneath",
        "@@||evil.example^$important\n||b.evil.example^$important",
        "-evil.example -*.evil.example !cancelled",
      ],
      [
        "outweighs an exception above",
        "@@||evil.example^\n||b.evil.example^$important\n||c.evil.example^",
        "-evil.example -*.evil.example +b.evil.example +*.b.evil.example !cancelled",
      ],
    ]);
  });

  it("an exception takes back all beneath it, as programs that filter read it", () => {
    expect(shown({ format: "adblock" }, "||b.good.example^\n@@||good.example^\n||evil.example^")).toBe(
      "-good.example -*.good.example +evil.example +*.evil.example !cancelled",
    );
  });
});

describe("a list of names:", () => {
  takes({ format: "domains" }, [
    ["a rule", "||evil.example^", block],
    ["an exception", "@@||evil.example^", "-evil.example -*.evil.example"],
    ["a rule with a note", "||evil.example^ # c2", block],
    ["a hosts line", "0.0.0.0 evil.example bad.example", "+evil.example +bad.example"],
    ["a hosts line that maps", "192.0.2.7 intranet.example", "!maps-address"],
    [
      "an exception of all beneath a name",
      "a.evil.example\n@@||evil.example^",
      "-evil.example -*.evil.example !cancelled",
    ],
    ["a plus in front", "+.evil.example", block],
    ["a dot in front", ".evil.example", block],
    ["a star in front", "*.evil.example", block],
    ["a word behind", "n1.example malware", "!several-columns"],
    ["a word behind that says that it is good", "n1.example legitimate", "!several-columns"],
    ["a word behind a tab", "n1.example\tphishing", "!several-columns"],
    ["more columns", "n1.example\tbenign\t2026-01-01", "!several-columns"],
    ["a word behind an address", "192.0.2.1/32 malware", "!several-columns"],
    ["a word behind what is no name", "example malware", "!free-text"],
    ["two names", "n1.example n2.example", "!several-columns"],
    ["a comment behind", "n1.example # malware", "+n1.example"],
    ["a port", "evil.example:8080", "+evil.example"],
    ["an address and a port", "192.0.2.1:8080", "+192.0.2.1"],
    ["a name and its address", "evil.example|192.0.2.1", "+evil.example +192.0.2.1"],
    ["a name and a private address", "evil.example|10.0.0.1", "+evil.example !special-purpose-address"],
    ["a name and its port", "evil.example|443", "+evil.example"],
    ["an address and its port", "192.0.2.1|443", "+192.0.2.1"],
    ["a name and something", "evil.example|x", "!bad-character"],
    ["a label that is legal in DNS", "xn--29s7inly9ib.ub66.com", "+xn--29s7inly9ib.ub66.com"],
  ]);
  takes({ format: "domains", wildcard: "strict" }, [
    ["a strict star", "*.evil.example", "+*.evil.example"],
    ["a strict star of IDN", "*.bücher.example", "+*.xn--bcher-kva.example"],
    ["a dot beside it", ".evil.example", block],
    ["a plus beside it", "+.evil.example", block],
  ]);
  it("a strict star of a source that is about names alone says nothing", () => {
    expect(shown({ format: "domains", wildcard: "strict", scope: "exact" }, "*.evil.example\n")).toBe("!outside-scope");
  });
});

describe("a list of addresses:", () => {
  takes({ format: "domains" }, [
    ["a range that is a prefix", "192.0.2.0-192.0.2.255", "+192.0.2.0/24"],
    ["a range with blanks", "192.0.2.0 - 192.0.2.255", "+192.0.2.0/24"],
    ["a range that takes several", "192.0.2.1-192.0.2.6", "+192.0.2.1 +192.0.2.2/31 +192.0.2.4/31 +192.0.2.6"],
    ["a range of one", "192.0.2.1-192.0.2.1", "+192.0.2.1"],
    ["a range of IPv6", "2001:db8::-2001:db8::ff", "+2001:db8::/120"],
    ["a range backwards", "192.0.2.9-192.0.2.1", "!bad-address"],
    ["a range of two families", "192.0.2.9-2001:db8::", "!bad-address"],
    ["a range into private space", "9.255.255.0-10.0.0.255", "!special-purpose-address"],
    ["a range of everything", "0.0.0.0-255.255.255.255", "!prefix-too-short"],
    ["a name like a range", "1-2.example", "+1-2.example"],
    ["host bits beyond a wide prefix", "8.8.8.8/8", "!host-bits"],
    ["host bits beyond /15", "203.0.113.1/15", "!host-bits"],
    ["host bits beyond /16", "203.0.113.1/16", "+203.0.0.0/16 !host-bits-cleared"],
    ["host bits beyond a wide prefix of IPv6", "2600::1/31", "!host-bits"],
    ["host bits beyond a prefix of IPv6", "2001:db8::1/32", "+2001:db8::/32 !host-bits-cleared"],
    ["a wide prefix", "2600::/12", "!prefix-too-short"],
  ]);
});

describe("a hosts file:", () => {
  takes({ format: "hosts" }, [
    ["an address for a name", "0.0.0.0 104.16.1.1", "!address-for-name"],
    ["the host's own name", "127.0.1.1 host.corp.example", "!maps-address"],
    ["another loopback address", "127.0.0.53 host.corp.example", "!maps-address"],
    ["a comment that sticks", "0.0.0.0 a.example#note", "+a.example"],
    ["a comment that sticks, with words", "0.0.0.0 a.example#note of b.example", "+a.example"],
    ["a cosmetic rule", "0.0.0.0 bing.com##.x", "!bad-character"],
    ["a rule among its lines", "0.0.0.0 a.example\n||evil.example^ # c2", `+a.example ${block}`],
    [
      "an exception among its lines",
      "0.0.0.0 a.example\n@@||good.example^",
      "+a.example -good.example -*.good.example",
    ],
    ["a name among its lines", "0.0.0.0 a.example\nevil.example", "+a.example +evil.example"],
  ]);
});

describe("dnsmasq:", () => {
  takes({ format: "dnsmasq" }, [
    ["an address for a name", "address=/1.2.3.4/", "!address-for-name"],
    ["local with nothing", "local=/evil.example/", block],
    ["address with nothing", "address=/evil.example/", block],
    ["address with #", "address=/evil.example/#", block],
    [
      "a server for a name beneath",
      "address=/evil.example/0.0.0.0\nserver=/good.evil.example/192.0.2.53",
      `${block} -good.evil.example -*.good.evil.example`,
    ],
    [
      "an address for a name beneath, before the block",
      "address=/www.evil.example/192.0.2.7\naddress=/evil.example/0.0.0.0",
      `-www.evil.example -*.www.evil.example ${block}`,
    ],
    [
      "a server for a name elsewhere",
      "address=/evil.example/0.0.0.0\nserver=/good.example/192.0.2.53",
      `${block} !unsupported-rule`,
    ],
    [
      "an address for the blocked name itself",
      "address=/evil.example/0.0.0.0\naddress=/evil.example/192.0.2.7",
      `${block} -evil.example -*.evil.example`,
    ],
    ["an exception as rules have it", "@@||good.example^", "-good.example -*.good.example"],
  ]);
});

describe("unbound:", () => {
  takes({ format: "unbound" }, [
    [
      "data beneath a static zone",
      'local-zone: "evil.example" static\nlocal-data: "h.evil.example A 192.0.2.7"',
      `${block} -h.evil.example`,
    ],
    [
      "data beneath a static zone, in the other order",
      'local-data: "h.evil.example. IN A 192.0.2.7"\nlocal-zone: "evil.example." static',
      `-h.evil.example ${block}`,
    ],
    [
      "data beneath a zone that denies whatever there is",
      'local-zone: "evil.example" always_nxdomain\nlocal-data: "h.evil.example A 192.0.2.7"',
      `${block} !maps-address`,
    ],
    [
      "what a view says",
      'view:\n  name: "v"\n  local-zone: "evil.example" static\n  local-data: "a.example A 0.0.0.0"\nserver:\nlocal-zone: "bad.example" static',
      "+bad.example +*.bad.example !unsupported-rule !inside-view !inside-view",
    ],
    ["an address for a name", 'local-zone: "192.0.2.1" static', "!address-for-name"],
  ]);
});

describe("an exception with a comment that starts with two signs is read:", () => {
  for (const format of ["domains", "hosts", "adblock", "dnsmasq", "unbound", "rpz", "urls"] as const) {
    takes({ format }, [[`in ${format}`, "@@||good.example^ ## false positive", "-good.example -*.good.example"]]);
  }
});

describe("an exception that cannot be read is told from other rejects:", () => {
  const lost: readonly Vector[] = [
    ["a regular expression", "@@/good[0-9]/", "!exception-unreadable"],
    ["a star behind", "@@||good.*^", "!exception-unreadable"],
    ["what is no name", "@@||good..example^", "!exception-unreadable"],
    ["words", "@@||good.example^ and so on", "!exception-unreadable"],
    ["a cosmetic mark behind", "@@||good.example^##", "!exception-unreadable"],
    ["a cosmetic mark behind a name alone", "@@good.example##", "!exception-unreadable"],
    ["a mark of HTML rules", "@@||good.example^$$important", "!exception-unreadable"],
    ["a page", "@@||good.example/x^", "!rule-with-path"],
    ["a page in full", "@@|https://good.example/x", "!rule-with-path"],
    ["an option", "@@||good.example^$script", "!unsupported-option"],
    ["a cosmetic rule", "good.example#@#.ad", "!bad-character"],
  ];
  describe("in a list of names", () => takes({ format: "domains" }, lost));
  describe("in a hosts file", () => takes({ format: "hosts" }, lost.slice(0, 10)));
  describe("in an adblock list", () => takes({ format: "adblock" }, lost.slice(0, 10)));
  it("in a long line", () => {
    const line = `good.example CNAME rpz-passthru. ${"x".repeat(2000)}`;
    for (const format of ["domains", "rpz"] as const) expect(shown({ format }, line)).toBe("!exception-unreadable");
  });
  describe("of another format", () => {
    const foreign: readonly Vector[] = [
      ["of a policy zone", "good.example CNAME rpz-passthru.", "!exception-unreadable"],
      ["of a policy zone in full", "*.good.example. 60 IN CNAME rpz-passthru", "!exception-unreadable"],
      ["of dnsmasq", "server=/good.example/#", "!exception-unreadable"],
      ["of Unbound", 'local-zone: "good.example" always_transparent', "!exception-unreadable"],
    ];
    describe("in a list of names", () => takes({ format: "domains" }, foreign));
    describe("in a hosts file", () => takes({ format: "hosts" }, foreign));
    describe("in an adblock list", () => takes({ format: "adblock" }, foreign));
    describe("in a list of URLs", () => takes({ format: "urls" }, foreign));
    describe("in a policy zone", () => takes({ format: "rpz" }, foreign.slice(2)));
    describe("in a configuration of dnsmasq", () =>
      takes({ format: "dnsmasq" }, [...foreign.slice(0, 2), ...foreign.slice(3)]));
    describe("in one of Unbound", () => takes({ format: "unbound" }, foreign.slice(0, 3)));
  });
  takes({ format: "rpz" }, [
    ["its own, of what is no name", "a..b CNAME rpz-passthru.", "!exception-unreadable"],
    ["its own, of another trigger", "8.1.0.0.10.rpz-client-ip CNAME rpz-passthru.", "-client-ip 10.0.0.0/8"],
  ]);
  takes({ format: "domains", role: "allow" }, [["not where all are to be allowed", "@@/good/", "!regular-expression"]]);
});

describe("a list of URLs:", () => {
  takes({ format: "urls" }, [
    ["an exception of a page", "http://good.example/x\n@@https://good.example/y", "+good.example -good.example"],
    ["an exception without a scheme", "@@good.example/y", "-good.example"],
    ["an exception with a bar", "@@|https://good.example:8443/y^", "-good.example"],
    ["an exception, defanged", "@@hxxps[:]//good[.]example/y", "-good.example"],
    ["an exception of an address", "@@http://192.0.2.1/y", "-192.0.2.1"],
    ["an exception of a name with all beneath", "@@||good.example^", "-good.example -*.good.example"],
    ["an exception of a name alone", "@@good.example", "-good.example"],
    ["an exception of no URL", "@@https:///y", "!exception-unreadable"],
  ]);
  takes({ format: "domains" }, [["an exception of a whole site", "@@https://good.example/", "-good.example"]]);
});

describe("a policy zone:", () => {
  takes({ format: "rpz" }, [
    ["a walled garden", "evil.example CNAME block.provider.example.", "+evil.example"],
    ["an address of its own", "evil.example A 192.0.2.1", "+evil.example"],
    ["tcp-only", "evil.example CNAME rpz-tcp-only.", "+evil.example"],
    ["drop", "evil.example CNAME rpz-drop.", "+evil.example"],
    ["$INCLUDE between", "a.example CNAME .\n$INCLUDE x.zone\nb.example CNAME .", "+a.example +b.example !directive"],
    [
      "$GENERATE between",
      "a.example CNAME .\n$GENERATE 1-9 a$ A 0.0.0.0\nb.example CNAME .",
      "+a.example +b.example !directive",
    ],
  ]);
});

describe("a list whose format is to be told", () => {
  const names = Array.from({ length: 20 }, (_, i) => `n${i}.example`);
  const lines = (...parts: readonly ((name: string) => string)[]): Uint8Array =>
    Buffer.from(names.map((name, i) => parts[i % parts.length]?.(name)).join("\n"));

  it("is a table where words stand behind names and tabs", () => {
    expect(detectFormat(lines((name) => `${name}\tphishing`))).toMatchObject({ format: "csv", options: { column: 1 } });
  });
  it.each(["auto", "domains"] as const)("is refused where words stand behind most names, as %s", (wanted) => {
    const words = lines(
      (name) => `${name} malware`,
      (name) => `${name}  legitimate`,
      (name) => name,
    );
    const refused = (): unknown => detectFormat(words, wanted, "list.txt");
    expect(refused).toThrow(
      'Cannot read "list.txt" as a list: 14 of its first 20 lines have words behind the name, which may say that it is harmless',
    );
    expect(refused).toThrow(expect.objectContaining({ remedy: expect.stringMatching(/format: csv with column: 1/) }));
  });
  it("is none that is refused where few names have words behind", () => {
    const few = Buffer.concat([lines((name) => name), Buffer.from("\nn1.example malware\n")]);
    expect(detectFormat(few).format).toBe("domains");
    expect(detectFormat(few, "domains").format).toBe("domains");
  });
  it("may have words behind names where these are to be allowed", () => {
    expect(
      detectFormat(
        lines((name) => `${name} ours`),
        "domains",
        "own.txt",
        "allow",
      ).format,
    ).toBe("domains");
  });
  it("may hold lines of several formats", () => {
    const mixed = lines(
      (name) => name,
      (name) => `0.0.0.0 ${name}`,
      (name) => `||${name}^`,
    );
    const { format } = detectFormat(mixed);
    expect(["domains", "hosts", "adblock"]).toContain(format);
    expect(collect({ format }, mixed).collector.count).toBe(20);
  });
  it.each(readFormats.filter((format) => !["json", "misp", "stix"].includes(format)))(
    "never loses its exceptions, as with %s",
    (wanted) => {
      const line: Readonly<Record<string, (name: string) => string>> = {
        domains: (name) => name,
        hosts: (name) => `0.0.0.0 ${name}`,
        adblock: (name) => `||${name}^`,
        dnsmasq: (name) => `address=/${name}/`,
        unbound: (name) => `local-zone: "${name}" static`,
        rpz: (name) => `${name} CNAME .`,
        urls: (name) => `http://${name}/x`,
        csv: (name) => `${name},1`,
      };
      const list = Buffer.concat([
        lines(line[wanted] as (name: string) => string),
        Buffer.from("\n@@||good.example^\n"),
      ]);
      const { format, options } = detectFormat(list);
      expect(format).toBe(wanted);
      expect(parse({ format, ...options }, list).entries).toContain("-good.example -*.good.example");
    },
  );
});
