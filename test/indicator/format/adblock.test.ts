import { describe, expect, it } from "vitest";
import { parse } from "../parse.ts";
import { takes, type Vector } from "../vectors.ts";

const block = "+evil.example +*.evil.example";
const exempt = "-evil.example -*.evil.example";

const vectors: readonly Vector[] = [
  ["a plain rule", "||evil.example^", block],
  ["CR LF", "||evil.example^\r", block],
  ["blanks around", " ||evil.example^ ", block],
  ["upper case", "||EVIL.example^", block],
  ["$all", "||evil.example^$all", block],
  ["$document", "||evil.example^$document", block],
  ["$doc", "||evil.example^$doc", block],
  ["$important", "||evil.example^$important", block],
  ["these combined", "||evil.example^$important,doc,all", block],
  ["an underscore", "||_x.evil.example^", "+_x.evil.example +*._x.evil.example"],
  ["IDN", "||bücher.example^", "+xn--bcher-kva.example +*.xn--bcher-kva.example"],
  ["an address", "||192.0.2.1^", "+192.0.2.1"],
  ["an IPv6 address", "||[2001:db8::1]^", "+2001:db8::1"],
  ["an exception", "@@||evil.example^", exempt],
  ["an exception with $important", "@@||evil.example^$important", exempt],
  ["an exception as DNS filters write it", "@@||evil.example^|", exempt],
  ["an exception of an address", "@@||192.0.2.1^", "-192.0.2.1"],

  ["$third-party", "||evil.example^$third-party", "!unsupported-option"],
  ["$third-party beside $important", "||evil.example^$important,third-party", "!unsupported-option"],
  ["$image", "||evil.example^$image", "!unsupported-option"],
  ["$script of a site", "||evil.example^$script,domain=good.example", "!unsupported-option"],
  ["$domain", "||evil.example^$domain=good.example|fine.example", "!unsupported-option"],
  ["$removeparam", "||evil.example^$removeparam=utm_source", "!unsupported-option"],
  ["$removeparam with a pattern", "||evil.example^$removeparam=/^utm$/", "!unsupported-option"],
  ["$popup", "||evil.example^$popup", "!unsupported-option"],
  ["$denyallow of names elsewhere", "||evil.example^$denyallow=good.example", block],
  ["$client of DNS filters", "||evil.example^$client=192.0.2.1", "!unsupported-option"],
  ["$dnsrewrite to an address", "||evil.example^$dnsrewrite=NOERROR;A;192.0.2.1", "!maps-address"],
  ["$~document", "||evil.example^$~document", "!unsupported-option"],
  ["an empty option", "||evil.example^$", "!unsupported-option"],
  ["a name of an object's property as an option", "||evil.example^$constructor", "!unsupported-option"],
  ["an exception for a site", "@@||evil.example^$domain=good.example", "!unsupported-option"],
  ["an exception of parts of pages", "@@||evil.example^$generichide", "!unsupported-option"],

  ["no separator", "||evil.example", "!unsupported-rule"],
  ["a bar at the end", "||evil.example^|", "!unsupported-rule"],
  ["a path", "||evil.example/ads^", "!rule-with-path"],
  ["a path after the separator", "||evil.example^/ads", "!rule-with-path"],
  ["a star after the separator", "||evil.example^*", "!wildcard"],
  ["a star label", "||*.evil.example^", "+*.evil.example"],
  ["a star inside a label", "||ev*l.example^", "!wildcard"],
  ["a star for the top label", "||evil.*^", "!wildcard"],
  ["a port", "||evil.example:8080^", "!name-with-port"],
  ["one bar", "|evil.example^", "+evil.example"],
  ["a scheme", "|https://evil.example^", "!unsupported-rule"],
  ["a plain name", "evil.example", "+evil.example"],
  ["a part of a name", "-evil.example", "!unsupported-rule"],
  ["another", ".evil.example", "!unsupported-rule"],
  ["another", "evil.example.", "!unsupported-rule"],
  ["a name and a separator", "evil.example^", "!unsupported-rule"],
  ["a part of a path", "/ads/banner.", "!unsupported-rule"],
  ["a regular expression", "/ad[0-9]+\\.example/", "!regular-expression"],
  ["a regular expression with options", "/^https?:\\/\\/ads/$script", "!regular-expression"],
  ["a regular expression as an exception", "@@/good\\.example/", "!exception-unreadable"],
  ["a rule of some programs", "[$app=org.example]||evil.example^", "!unsupported-rule"],
  ["a line of a hosts file", "0.0.0.0 evil.example", "+evil.example"],
  ["free text", "visit evil.example now", "!free-text"],

  ["a cosmetic rule", "bing.com##.x", "!cosmetic-rule"],
  ["a cosmetic rule of all sites", "##.banner", "!cosmetic-rule"],
  ["a cosmetic exception", "bing.com#@#.x", "!cosmetic-rule"],
  ["an extended cosmetic rule", "bing.com#?#.x:has(.y)", "!cosmetic-rule"],
  ["a style rule", "bing.com#$#.x { color: red }", "!cosmetic-rule"],
  ["a scriptlet", "bing.com#%#//scriptlet('x')", "!cosmetic-rule"],
  ["a scriptlet of another program", "bing.com##+js(x)", "!cosmetic-rule"],
  ["an HTML rule", 'bing.com$$script[tag-content="x"]', "!cosmetic-rule"],
  ["a rule with a cosmetic mark behind", "||bing.com^##.x", "!unsupported-rule"],

  ["a single label", "||com^", "!single-label"],
  ["an empty name", "||^", "!empty-label"],
  ["an empty label", "||evil..example^", "!empty-label"],
  ["a dot in front", "||.evil.example^", "!empty-label"],
  ["a numeric top label", "||evil.example.1^", "!numeric-tld"],
  ["a reserved top label", "||evil.rpz-ip^", "!reserved-label"],
  ["an octal address", "||192.0.2.010^", "!bad-address"],
  ["half an address", "||192.0.2.^", "!bad-address"],
  ["punycode with nothing behind", "||xn--.example^", "!bad-idn"],
  ["NUL", "||evil\0.example^", "!binary"],
  ["bytes that are not UTF-8", Buffer.from("||b\xfccher.example^", "latin1"), "!not-utf8"],

  ["a comment", "! ||evil.example^", ""],
  ["the first line", "[Adblock Plus 2.0]", ""],
  ["the first line of other programs", "[AdGuard]", ""],
  ["a comment of hosts files", "# evil.example", ""],
  ["a blank line", "", ""],
  ["an include", "!#include other.txt", "!directive"],
  [
    "a rule under a condition",
    "!#if env_mobile\n||evil.example^\n!#endif\n||bad.example^",
    "+bad.example +*.bad.example !directive !directive !conditional-rule",
  ],
  [
    "a rule under the other branch of a condition",
    "!#if env_mobile\n!#else\n||evil.example^\n!#endif",
    "!directive !directive !directive !conditional-rule",
  ],
  [
    "a condition inside a condition",
    "!#if a\n!#if b\n!#endif\n||evil.example^\n!#endif\n",
    "!directive !directive !directive !directive !conditional-rule",
  ],
  [
    "a condition that nobody ends",
    "!#if a\n||evil.example^\n||bad.example^",
    "!directive !conditional-rule !conditional-rule",
  ],
  ["an exception under a condition", "!#if a\n@@||evil.example^\n!#endif", `${exempt} !directive !directive`],
  [
    "a rule after a hint of some platforms",
    "!+ PLATFORM(windows)\n||evil.example^\n||bad.example^",
    "+bad.example +*.bad.example !conditional-rule",
  ],
  ["a rule after another hint", "!+ NOT_OPTIMIZED\n||evil.example^", block],
];

describe("an adblock list takes", () => takes({ format: "adblock" }, vectors));

describe("$badfilter cancels", () => {
  const cancelled: readonly Vector[] = [
    ["the same rule after it", "||adobe.example^$badfilter\n||adobe.example^\n||evil.example^", `${block} !cancelled`],
    ["the same rule before it", "||adobe.example^\n||evil.example^\n||adobe.example^$badfilter", `${block} !cancelled`],
    ["it in any letter case", "||ADOBE.example^\n||adobe.example^$badfilter", "!cancelled"],
    [
      "it each time that it stands there",
      "||a.example^\n||a.example^\n||a.example^$badfilter",
      "!cancelled !cancelled",
    ],
    ["the rule with the same options", "||a.example^$important\n||a.example^$important,badfilter", "!cancelled"],
    [
      "it with options in another order or spelling",
      "||a.example^$doc,all\n||a.example^$badfilter,all,document",
      "!cancelled",
    ],
    ["an exception", "@@||a.example^\n@@||a.example^$badfilter", "!cancelled"],
    ["an address", "||192.0.2.1^\n||192.0.2.1^$badfilter", "!cancelled"],
    [
      "it under a condition as well",
      "!#if a\n||a.example^$badfilter\n!#endif\n||a.example^",
      "!directive !directive !cancelled",
    ],
    ["not the rule with other options", "||evil.example^$important\n||evil.example^$badfilter", block],
    ["not a rule without options", "||evil.example^\n||evil.example^$all,badfilter", block],
    ["not the exception of the name", "@@||evil.example^\n||evil.example^$badfilter", exempt],
    ["not the names beneath or above", "||evil.example^\n||a.evil.example^$badfilter\n||example.com^$badfilter", block],
    ["nothing where it stands alone", "||evil.example^$badfilter", ""],
    ["nothing where the rule is none of ours", "||evil.example^$third-party,badfilter", "!unsupported-option"],
  ];
  takes({ format: "adblock" }, cancelled);

  it("among many rules, leaving the others as they are", () => {
    const names = Array.from({ length: 5000 }, (_, i) => `n${i}.example`);
    const rules = names.map((name, i) => `||${name}^${i % 3 === 0 ? "$important" : ""}`);
    const cancels = names.filter((_, i) => i % 5 === 0).map((name) => `||${name}^$badfilter`);
    const said = parse({ format: "adblock" }, [...rules, ...cancels].join("\n"));
    const kept = names.filter((_, i) => i % 5 !== 0 || i % 3 === 0);
    expect(said.entries).toEqual(kept.map((name) => `+${name} +*.${name}`));
  });
});

describe("the scope exact", () => {
  it("narrows rules to the name itself, and leaves exceptions whole", () => {
    const list =
      "||evil.example^\n||all.example^$all\n@@||good.example^\n||192.0.2.1^\n||a.example^\n||a.example^$badfilter\n";
    expect(parse({ format: "adblock", scope: "exact" }, list).entries).toEqual([
      "+evil.example",
      "+all.example",
      "-good.example -*.good.example",
      "+192.0.2.1",
    ]);
  });
  it("subtree changes nothing", () => {
    expect(parse({ format: "adblock", scope: "subtree" }, "||evil.example^").entries).toEqual([block]);
  });
});

describe("an adblock list of names to allow", () => {
  it("allows what its rules name and what its exceptions name", () => {
    const said = parse({ format: "adblock", role: "allow" }, "||good.example^\n@@||fine.example^\n");
    expect(said.entries).toEqual(["+good.example +*.good.example", "+fine.example +*.fine.example"]);
    expect(said.rejects).toEqual([]);
  });
});
