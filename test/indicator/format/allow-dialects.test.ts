/** Lines as lists of names to allow have them, in one dialect or another, and what each means. */
import { describe, expect, it } from "vitest";
import { shown, takes, type Vector } from "../vectors.ts";

const allowed = "+own.example +*.own.example";

describe("an exception in a list of names to allow, in any format of lines,", () => {
  const lines: readonly Vector[] = [
    ["with all beneath", "@@||own.example^", allowed],
    ["without its separator", "@@||own.example", allowed],
    ["only beneath", "@@||*.own.example^", "+*.own.example"],
    ["with a reason", "@@||own.example^ # our shop", allowed],
    ["with $important", "@@||own.example^$important", allowed],
    ["of the name alone", "@@|own.example^", "+own.example"],
    ["of the name alone, without bars", "@@own.example", "+own.example"],
    ["of an address", "@@||192.0.2.1^", "+192.0.2.1"],
    ["of private space", "@@||10.0.0.1^", "+10.0.0.1"],
    ["with a path", "@@||own.example/shop^", "!rule-with-path"],
    ["that is no rule", "@@||own.example^,", "!bad-syntax"],
    ["with a reason behind two signs", "@@||own.example^ ## our shop", allowed],
    ["with a cosmetic mark behind", "@@||own.example^##.x", "!bad-syntax"],
    ["with a cosmetic mark in its name", "@@||own.example##^", "!bad-character"],
    ["with a mark of HTML rules", "@@||own.example^$$important", "!bad-syntax"],
    ["with words", "@@||own.example^ and so on", "!free-text"],
    ["of some sites", "@@||own.example^$domain=shop.example", "!unsupported-option"],
    ["with names left out", "||own.example^$denyallow=a.own.example", "!unsupported-option"],
  ];
  for (const format of ["domains", "hosts", "adblock", "dnsmasq", "unbound", "rpz", "urls"] as const) {
    describe(`as in ${format}`, () =>
      takes({ format, role: "allow" }, lines.slice(0, format === "adblock" ? lines.length : -1)));
  }
  it("as a cell and as a string", () => {
    expect(shown({ format: "csv", role: "allow" }, "domain,by\n@@||own.example^,x\n")).toBe(allowed);
    expect(shown({ format: "json", role: "allow" }, '["@@||own.example^", "@@own.example"]')).toBe(
      `${allowed} +own.example`,
    );
  });
});

describe("a list of names to allow takes", () => {
  takes({ format: "domains", role: "allow" }, [
    ["the host of a URL", "https://own.example/shop?x", "+own.example"],
    ["the host of a URL at a port", "https://own.example:8443/", "+own.example"],
    ["the host of a URL that is a public suffix", "https://duckdns.org/", "+duckdns.org"],
    ["a URL's address", "https://192.0.2.1/", "+192.0.2.1"],
    ["a wide prefix", "2600::/12", "+2600::/12"],
    ["private space", "10.0.0.0/8", "+10.0.0.0/8"],
    ["no URL with user information", "https://own.example@evil.example/", "!userinfo"],
    ["no line that cannot be read", "own.example,", "!bad-character"],
    ["a name with a word behind", "own.example shop", "+own.example"],
    ["the host of a page without a scheme", "own.example/shop?x", "+own.example"],
    ["the host of a page at a port", "own.example:8443/shop", "+own.example"],
    ["the address of a page", "192.0.2.1/shop", "+192.0.2.1"],
    ["no prefix that is none", "192.0.2.1/33", "!bad-address"],
    ["no page of a mail address", "me@own.example/x", "!userinfo"],
    ["a name with a slash behind", "duckdns.org/", "+duckdns.org"],
    ["no line of another format", "server=/own.example/#", "!bad-character"],
    ["no line of a third", "own.example CNAME rpz-passthru.", "!free-text"],
    ["the host of a rule on its pages", "@@|https://own.example^", "+own.example"],
    ["no rule on one of its pages", "@@|https://own.example/shop", "!rule-with-path"],
    ["a rule without its separator", "||own.example", allowed],
  ]);
  takes({ format: "domains", role: "allow", scope: "subtree" }, [
    ["the host of a URL with all beneath", "https://own.example/shop", allowed],
    ["an exception of the name alone as it stands", "@@|own.example^", "+own.example"],
  ]);
  takes({ format: "urls", role: "allow", scope: "subtree" }, [["the host of a URL", "http://own.example/x", allowed]]);
  takes({ format: "rpz", role: "allow" }, [
    ["a passthru as written", "own.example CNAME rpz-passthru.", "+own.example"],
    ["no rule without its owner", "@ SOA a. b. 1 2 3 4 5\n own.example CNAME rpz-passthru.", "!free-text"],
    ["a passthru of what is beneath", "*.own.example CNAME rpz-passthru.", "+*.own.example"],
  ]);
  takes({ format: "dnsmasq", role: "allow" }, [
    ["the usual servers", "server=/own.example/#", allowed],
    ["no address of its own", "address=/own.example/192.0.2.7", "!maps-address"],
  ]);
  takes({ format: "unbound", role: "allow" }, [
    ["a transparent zone", 'local-zone: "own.example" always_transparent', allowed],
    ["no data of its own", 'local-data: "own.example A 192.0.2.7"', "!maps-address"],
  ]);
  takes({ format: "adblock", role: "allow" }, [
    ["a name with a reason behind two signs", "own.example ## our shop", "+own.example"],
    ["a rule with a reason behind two signs", "||own.example^ ## our shop", allowed],
    ["no comment with two signs in it", "# ours ## shop", ""],
    ["no rule with a mark of HTML rules", "||own.example^$$", "!bad-syntax"],
    ["no cosmetic rule", "own.example##.ad", "!cosmetic-rule"],
    ["a rule under a condition", "!#if a\n||own.example^\n!#endif", allowed],
    ["no include", "!#include own.txt", "!directive"],
    ["no rule that takes rules back", "||own.example^\n||own.example^$badfilter", `${allowed} !unsupported-option`],
  ]);
});

describe("a comment in a list of names to allow", () => {
  for (const format of ["domains", "hosts", "urls"] as const) {
    describe(`in ${format}`, () =>
      takes({ format, role: "allow" }, [
        ["that is a name alone is noted", "#own.example", "!not-taken"],
        ["that is a name behind a blank is noted", "# own.example", "!not-taken"],
        ["that has words is none to note", "# own.example is ours", ""],
        ["that is a section of an adblock list", "[Adblock Plus 2.0]", ""],
      ]));
  }
  for (const format of ["domains", "urls"] as const) {
    describe(`in ${format} is none`, () =>
      takes({ format, role: "allow" }, [
        ["where it is a URL without a scheme", "//own.example", "+own.example"],
        ["where it is a page without a scheme", "//own.example/shop", "+own.example"],
        ["where a section does not end", "[adguard own.example", format === "urls" ? "!free-text" : "!free-text"],
      ]));
  }
  takes({ format: "adblock", role: "allow" }, [["is noted in adblock", "! own.example", "!not-taken"]]);
  takes({ format: "urls" }, [["is none in a list of URLs to block", "//evil.example/x", "+evil.example"]]);
  takes({ format: "domains" }, [["is one in a list of names to block", "//evil.example", ""]]);
});

describe("a table of names to allow", () => {
  const role = "allow";
  takes({ format: "csv", role, column: 1 }, [
    [
      "has its first row as a row where that is no known header",
      "ownexample,x\nshop.example,y",
      "+shop.example !single-label",
    ],
    ["has a header by a known word", "site,by\nown.example,x", "+own.example"],
    ["has a header by a known word of another column", "Ours,Comment\nown.example,x", "+own.example"],
  ]);
  takes({ format: "csv", role }, [
    ["of one column has its first row as a row", "ownexample\nshop.example", "+shop.example !single-label"],
    ["of one column has a header by a known word", "allowlist\nshop.example", "+shop.example"],
  ]);
  takes({ format: "csv", role, where: { state: ["active"] } }, [
    [
      "tells a row without the cell from those of another class",
      "domain,state\na.example,\nb.example",
      "!empty-item !empty-item",
    ],
    ["tells a row whose separator is lost", "domain,state\na.example active", "!empty-item"],
    ["leaves out a row of another class", "domain,state\na.example,off", "!filtered"],
  ]);
});

describe("a document of names to allow", () => {
  const role = "allow";
  takes({ format: "json", role, path: "sites.domains" }, [
    [
      "tells an object without the key of the others",
      '{"sites": [{"domain": ["a.example"]}, {"domains": ["b.example"]}]}',
      "+b.example !not-taken !no-such-column",
    ],
  ]);
  takes({ format: "json", role, path: "list" }, [
    ["tells a document behind the first", '{"list": ["b.example"]} ["a.example"]', "+b.example !no-such-column"],
    ["tells a document without the key", '{"list": ["b.example"]} {"lst": 1}', "+b.example !no-such-column"],
    ["notes names beside its path", '{"list": ["b.example"], "lst": ["a.example", "x"]}', "+b.example !not-taken"],
  ]);
  takes({ format: "json", role, column: "host", where: { state: ["active"] } }, [
    ["tells an object without the field asked for", '[{"host": "a.example"}]', "!empty-item"],
  ]);
});
