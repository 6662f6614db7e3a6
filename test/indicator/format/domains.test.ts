import { describe, expect, it } from "vitest";
import { parse } from "../parse.ts";
import { takes, type Vector } from "../vectors.ts";

const label63 = "a".repeat(63);
const name253 = `${`${"b".repeat(49)}.`.repeat(5)}abc`;

/** One line and what it says: entries, or `!reason`, or nothing for lines that are no items. */
const vectors: readonly Vector[] = [
  ["a plain name", "evil.example", "+evil.example"],
  ["upper case", "EVIL.Example", "+evil.example"],
  ["a final dot", "evil.example.", "+evil.example"],
  ["CR LF", "evil.example\r", "+evil.example"],
  ["spaces around", " \tevil.example\t ", "+evil.example"],
  ["digits and hyphens", "0x-1.evil.example", "+0x-1.evil.example"],
  ["an underscore, which is legal in an owner name", "_dmarc.evil.example", "+_dmarc.evil.example"],
  ["a hyphen at the edge of a label, which is legal too", "-evil-.example", "+-evil-.example"],
  ["a star label", "*.evil.example", "+evil.example +*.evil.example"],
  ["a dot in front", ".evil.example", "+evil.example +*.evil.example"],
  ["a star label in upper case with a final dot", "*.EVIL.example.", "+evil.example +*.evil.example"],
  ["a byte order mark in front", "\uFEFFevil.example", "+evil.example"],
  ["a byte order mark behind", "evil.example\uFEFF", "+evil.example"],
  ["a byte order mark that joins two lines", "evil.example\uFEFFbad.example", "!free-text"],
  ["a zero-width space at the edge", "\u200Bevil.example\u200B", "+evil.example"],
  ["a zero-width space inside", "ev\u200Bil.example", "!bad-character"],
  ["a soft hyphen inside", "ev\u00ADil.example", "!bad-character"],
  ["a no-break space behind", "evil.example\u00A0", "+evil.example"],
  ["an arpa name", "5.2.1.6.3.0.ip6.arpa", "+5.2.1.6.3.0.ip6.arpa"],
  ["a name that is a property of objects", "constructor.example", "+constructor.example"],
  ["another", "__proto__.example", "+__proto__.example"],
  ["a single such word", "constructor", "!single-label"],
  ["another such word", "__proto__", "!single-label"],
  ["a name with hxxp as a label", "hxxp.com", "+hxxp.com"],
  ["a name with hxxp inside a label", "chxxpkk.lol", "+chxxpkk.lol"],
  ["a name with dot as a label", "dot.example", "+dot.example"],

  ["UTF-8 IDN", "bücher.example", "+xn--bcher-kva.example"],
  ["UTF-8 IDN in upper case", "BÜCHER.example", "+xn--bcher-kva.example"],
  ["UTF-8 IDN in decomposed form", "bu\u0308cher.example", "+xn--bcher-kva.example"],
  ["UTF-8 IDN with a star", "*.bücher.example", "+xn--bcher-kva.example +*.xn--bcher-kva.example"],
  ["UTF-8 IDN with an ideographic full stop", "例え。テスト", "+xn--r8jz45g.xn--zckzah"],
  ["an IDN top label", "evil.рф", "+evil.xn--p1ai"],
  ["an A-label top label", "evil.XN--P1AI", "+evil.xn--p1ai"],
  ["a valid A-label", "xn--80ak6aa92e.example", "+xn--80ak6aa92e.example"],
  ["an A-label that is no valid IDNA", "xn--29s7inly9ib.ub66.com", "+xn--29s7inly9ib.ub66.com"],
  ["invalid punycode, which DNS does not mind", "xn--crypto.ru", "+xn--crypto.ru"],
  [
    "an A-label that is no valid IDNA beside a U-label",
    "xn--29s7inly9ib.bücher.example",
    "+xn--29s7inly9ib.xn--bcher-kva.example",
  ],
  ["a label that IDNA forbids", "1א.example", "!bad-idn"],
  ["punycode with nothing behind", "xn--.example", "!bad-idn"],
  ["two hyphens elsewhere", "a--b.example", "+a--b.example"],
  ["bytes that are not UTF-8", Uint8Array.of(0x62, 0xfc, 0x2e, 0x64, 0x65), "!not-utf8"],
  ["a full-width slash", "bücher.example／path", "!bad-idn"],
  ["percent encoding beside IDN", "b%75ücher.example", "!bad-character"],
  ["an IDN label that is too long as an A-label", `${"ü".repeat(60)}.example`, "!label-too-long"],
  ["full-width digits that make an address", "１９２.0.2.1", "!bad-address"],

  ["an empty label", "a..b.example", "!empty-label"],
  ["two dots in front", "..evil.example", "!empty-label"],
  ["two final dots", "evil.example..", "!empty-label"],
  ["a dot", ".", "!empty-label"],
  ["a star", "*", "!wildcard"],
  ["a star and a dot", "*.", "!wildcard"],
  ["a star inside a label", "ev*l.example", "!wildcard"],
  ["a star label inside", "a.*.example", "!wildcard"],
  ["a star label twice", "*.*.example", "!wildcard"],
  ["a star at the end", "evil.*", "!wildcard"],
  ["a single label", "com", "!single-label"],
  ["a star beneath a single label", "*.com", "!single-label"],
  ["a dot before a single label", ".com", "!single-label"],
  ["a label of 63", `${label63}.example`, `+${label63}.example`],
  ["a label of 64", `${label63}a.example`, "!label-too-long"],
  ["a name of 253", name253, `+${name253}`],
  ["a name of 253 with a final dot", `${name253}.`, `+${name253}`],
  ["a name of 254", `${name253}d`, "!name-too-long"],
  ["10,000 labels", "a.".repeat(10_000), "!name-too-long"],
  ["a numeric top label", "evil.example.123", "!numeric-tld"],
  ["a hexadecimal top label", "evil.example.0x1f", "!numeric-tld"],
  ["a reserved top label", "32.1.2.0.192.rpz-ip", "!reserved-label"],
  ["another", "evil.rpz-client-ip", "!reserved-label"],
  ["another", "evil.rpz-nsip", "!reserved-label"],
  ["another in upper case", "ns.evil.example.RPZ-NSDNAME", "!reserved-label"],
  ["a reserved label alone", "rpz-ip", "!reserved-label"],
  ["a reserved label elsewhere", "rpz-ip.example", "+rpz-ip.example"],

  ["an IPv4 address", "192.0.2.1", "+192.0.2.1"],
  ["an IPv4 prefix", "192.0.2.0/24", "+192.0.2.0/24"],
  ["an IPv4 prefix with host bits", "192.0.2.77/24", "+192.0.2.0/24 !host-bits-cleared"],
  ["an IPv6 address", "2001:DB8::1", "+2001:db8::1"],
  ["an IPv6 address in brackets", "[2001:db8::1]", "+2001:db8::1"],
  ["an IPv6 prefix", "2001:db8::/32", "+2001:db8::/32"],
  ["a defanged address", "192[.]0[.]2[.]1", "+192.0.2.1"],
  ["a number over 255", "109.185.130.1314", "!bad-address"],
  ["an octal address", "192.0.2.010", "!bad-address"],
  ["a hexadecimal address", "0xc0.0.2.1", "!bad-address"],
  ["a short address", "192.2", "!bad-address"],
  ["five numbers", "192.0.2.1.5", "!numeric-tld"],
  ["an address with a star", "*.192.0.2.1", "!bad-address"],
  ["a prefix length over 32", "192.0.2.0/33", "!bad-address"],
  ["a prefix length over 128", "2001:db8::/129", "!bad-address"],
  ["an address with a zone index", "2001:db8::1%eth0", "!bad-address"],
  ["an address with a port", "192.0.2.1:8080", "+192.0.2.1"],
  ["an address with a port over 65535", "192.0.2.1:65536", "!address-with-port"],
  ["an address with two ports", "192.0.2.1:80:8080", "!address-with-port"],
  ["an IPv6 address with a port", "[2001:db8::1]:443", "+2001:db8::1"],
  ["a name with a port", "evil.example:8080", "+evil.example"],
  ["a name with a port over 65535", "evil.example:80800", "!name-with-port"],
  ["a name with two ports", "evil.example:80:8080", "!name-with-port"],
  ["loopback", "127.0.0.1", "!special-purpose-address"],
  ["private space", "10.1.2.3", "!special-purpose-address"],
  ["IPv6 loopback", "::1", "!special-purpose-address"],
  ["everything", "0.0.0.0/0", "!prefix-too-short"],
  ["everything of IPv6", "::/0", "!prefix-too-short"],

  ["defanged with brackets", "evil[.]example", "+evil.example"],
  ["defanged with parentheses", "evil(.)example", "+evil.example"],
  ["defanged with braces", "evil{.}example", "+evil.example"],
  ["defanged with words", "www[dot]evil[DOT]example", "+www.evil.example"],
  ["half defanged", "evil[.example", "!bad-character"],
  ["a defanged URL without a path", "hxxps://evil[.]example/", "+evil.example"],
  ["a defanged scheme's colon", "hXXp[:]//evil[.]example", "+evil.example"],
  ["a defanged scheme's colon and slashes", "hxxp[://]evil.example", "+evil.example"],
  ["a URL without a path", "http://evil.example", "+evil.example"],
  ["a name with a slash behind", "evil.example/", "+evil.example"],
  ["a URL with a path", "http://evil.example/x", "!url-in-domain-list"],
  ["a URL with a port", "http://evil.example:8080/", "!url-in-domain-list"],
  ["a URL with user information", "http://bank.example@evil.example/", "!url-in-domain-list"],
  ["a URL with a query", "http://evil.example?x", "!url-in-domain-list"],
  ["a URL of an address", "http://192.0.2.1/", "!url-host-address"],
  ["a URL of a public suffix, which guards look at", "https://duckdns.org/", "+duckdns.org"],
  ["a URL with two slashes behind", "http://evil.example//", "!url-in-domain-list"],
  ["a URL with a backslash", "http://bank.example\\.evil.example", "!url-in-domain-list"],
  ["a name with a path", "evil.example/x", "!url-in-domain-list"],
  ["a name with a query", "evil.example?x", "!url-in-domain-list"],
  ["a mail address", "mallory@mail.example", "!userinfo"],

  ["a comment", "# evil.example", ""],
  ["a comment without a space", "#evil.example", ""],
  ["a comment of adblock lists", "! evil.example", ""],
  ["a comment of zone files", "; evil.example", ""],
  ["a comment of programs", "// evil.example", ""],
  ["the first line of adblock lists", "[Adblock Plus 2.0]", ""],
  ["a comment that is not UTF-8", Uint8Array.of(0x23, 0xfc), ""],
  ["a comment behind a byte order mark", "\uFEFF# evil.example", ""],
  ["a blank line", "", ""],
  ["a line of spaces", "  \t ", ""],
  ["a comment behind a name", "evil.example # was: good.example", "+evil.example"],
  ["a comment behind a name that is not UTF-8", Buffer.from("evil.example # caf\xe9", "latin1"), "+evil.example"],
  ["a comment behind a tab", "evil.example\t; c2", "+evil.example"],
  ["a comment with slashes", "evil.example // c2", "+evil.example"],
  ["a comment that sticks", "evil.example#comment", "!bad-character"],
  ["a cosmetic rule", "bing.com##.x", "!bad-character"],
  ["another", "bing.com#@#.x", "!bad-character"],
  ["a rule", "||evil.example^", "+evil.example +*.evil.example"],
  ["a comma behind", "evil.example,", "!bad-character"],
  ["quotes", '"evil.example"', "!bad-character"],
  ["an equals sign", "a=evil.example", "!bad-character"],
  ["an HTML tag", "<b>evil.example</b>", "!url-in-domain-list"],
  ["free text", "please do not visit evil.example or bad.example", "!free-text"],
  ["free text with a name in front", "good.example is a fine site", "!several-columns"],
  ["a line of a hosts file", "0.0.0.0 evil.example", "+evil.example"],
  ["two names", "evil.example bad.example", "!several-columns"],
  ["NUL", "evil\0.example", "!binary"],
  ["a control octet", "evil\x1b[31m.example", "!binary"],
  ["a carriage return inside", "evil.example\rbad.example", "!binary"],
];

describe("a list of names takes", () => takes({ format: "domains" }, vectors));

describe("the scope of a list of names", () => {
  const list = "evil.example\n*.star.example\n.dot.example\nhttp://url.example/\n192.0.2.1\nbücher.example\n";
  it("widens plain names to all beneath, but neither the host of a URL nor an address", () => {
    expect(parse({ format: "domains", scope: "subtree" }, list).entries).toEqual([
      "+evil.example +*.evil.example",
      "+star.example +*.star.example",
      "+dot.example +*.dot.example",
      "+url.example",
      "+192.0.2.1",
      "+xn--bcher-kva.example +*.xn--bcher-kva.example",
    ]);
  });
  it("narrows every entry to the name itself", () => {
    expect(parse({ format: "domains", scope: "exact" }, list).entries).toEqual([
      "+evil.example",
      "+star.example",
      "+dot.example",
      "+url.example",
      "+192.0.2.1",
      "+xn--bcher-kva.example",
    ]);
  });
  it("is the same for a list of names to allow", () => {
    const said = parse({ format: "domains", role: "allow", scope: "subtree" }, "good.example\n");
    expect(said.entries).toEqual(["+good.example +*.good.example"]);
  });
});

describe("lines", () => {
  it("are counted, with rejects at their numbers", () => {
    const said = parse({ format: "domains" }, "# one\n\nevil.example\r\na..b\nbad.example\ncom");
    expect(said).toEqual({
      entries: ["+evil.example", "+bad.example"],
      rejects: ["empty-label@4", "single-label@6"],
      lines: 6,
    });
  });
  it("of 64 KiB are read, and longer ones are one reject each", () => {
    const comment = ` #${"x".repeat(65_536 - 14)}`;
    const list = `evil.example${comment}\nevil.example${comment}y\nbad.example\n`;
    expect(parse({ format: "domains" }, list)).toEqual({
      entries: ["+evil.example", "+bad.example"],
      rejects: ["line-too-long@2"],
      lines: 3,
    });
  });
});
