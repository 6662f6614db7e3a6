import { describe, expect, it } from "vitest";
import { parse } from "../parse.ts";
import { takes, type Vector } from "../vectors.ts";

const block = "+evil.example +*.evil.example";
const exempt = "-evil.example -*.evil.example";

const vectors: readonly Vector[] = [
  ...["always_nxdomain", "always_nodata", "always_null", "always_deny", "always_refuse", "deny", "inform_deny"].map(
    (type): Vector => [`the type ${type}`, `local-zone: "evil.example" ${type}`, block],
  ),
  ["the type refuse", 'local-zone: "evil.example" refuse', block],
  ["the type static", 'local-zone: "evil.example." static', block],
  ["a type in quotes", 'local-zone: "evil.example" "static"', block],
  ["no quotes", "local-zone: evil.example always_nxdomain", block],
  ["single quotes", "local-zone: 'evil.example' always_nxdomain", block],
  ["no blank after the colon", 'local-zone:"evil.example" static', block],
  ["blanks in front", '\t  local-zone:\t"EVIL.example"   static  ', block],
  ["a comment behind", 'local-zone: "evil.example" static # c2', block],
  ["IDN", 'local-zone: "bücher.example" static', "+xn--bcher-kva.example +*.xn--bcher-kva.example"],

  ["the type always_transparent", 'local-zone: "evil.example" always_transparent', exempt],
  ["the type transparent", 'local-zone: "evil.example" transparent', exempt],
  ["the type typetransparent", 'local-zone: "evil.example" typetransparent', exempt],
  ["the type inform", 'local-zone: "evil.example" inform', exempt],
  ["the type nodefault", 'local-zone: "evil.example" nodefault', "!unsupported-rule"],
  ["the type block_a", 'local-zone: "evil.example" block_a', "!unsupported-rule"],
  ["a type of nobody", 'local-zone: "evil.example" constructor', "!unsupported-rule"],
  ["no type", 'local-zone: "evil.example"', "!bad-syntax"],
  ["two names", "local-zone: evil.example bad.example static", "!bad-syntax"],

  ["data with a null address", 'local-data: "evil.example A 0.0.0.0"', "+evil.example"],
  ["data with a TTL and a class", 'local-data: "evil.example. 3600 IN A 127.0.0.1"', "+evil.example"],
  ["data with an IPv6 null address", "local-data: 'evil.example AAAA ::'", "+evil.example"],
  ["data with another address", 'local-data: "intranet.example A 192.0.2.7"', "!maps-address"],
  ["data with another name", 'local-data: "search.example CNAME safe.example"', "!maps-address"],
  ["data of another type", 'local-data: "evil.example TXT blocked"', "!maps-address"],
  ["data without a type", 'local-data: "evil.example"', "!bad-syntax"],
  ["data for a reverse name", 'local-data-ptr: "192.0.2.7 intranet.example"', "!unsupported-rule"],

  [
    "a redirect to a null address",
    'local-zone: "evil.example" redirect\nlocal-data: "evil.example A 0.0.0.0"',
    `${block} +evil.example`,
  ],
  [
    "its lines in the other order",
    'local-data: "evil.example A 0.0.0.0"\nlocal-zone: "evil.example" redirect',
    `+evil.example ${block}`,
  ],
  [
    "a redirect to two null addresses",
    'local-zone: "evil.example" inform_redirect\nlocal-data: "evil.example A 0.0.0.0"\nlocal-data: "evil.example AAAA ::"',
    `${block} +evil.example +evil.example`,
  ],
  [
    "a redirect to another address",
    'local-zone: "good.example" redirect\nlocal-data: "good.example A 192.0.2.7"',
    "!maps-address !maps-address",
  ],
  [
    "a redirect to a safe search",
    'local-zone: "search.example" redirect\nlocal-data: "search.example CNAME safe.example"',
    "!maps-address !maps-address",
  ],
  ["a redirect to nothing", 'local-zone: "evil.example" redirect', "!redirect-without-sinkhole"],
  [
    "a redirect of another name",
    'local-zone: "good.example" redirect\nlocal-data: "evil.example A 0.0.0.0"',
    "+evil.example !redirect-without-sinkhole",
  ],
  [
    "a null address and another address",
    'local-data: "good.example A 0.0.0.0"\nlocal-data: "good.example A 192.0.2.7"',
    "!maps-address !maps-address",
  ],
  [
    "a denied zone with an address of its own",
    'local-zone: "good.example" static\nlocal-data: "good.example A 192.0.2.7"',
    "!maps-address !maps-address",
  ],
  [
    "an open zone with a null address",
    'local-zone: "evil.example" typetransparent\nlocal-data: "evil.example A 0.0.0.0"',
    "+evil.example",
  ],
  [
    "an open zone beneath a denied one",
    'local-zone: "example.com" static\nlocal-zone: "good.example.com" transparent',
    "+example.com +*.example.com -good.example.com -*.good.example.com",
  ],

  ["a section", "server:", ""],
  ["an include", "include: /etc/other.conf", "!directive"],
  ["another setting", "verbosity: 1", "!unsupported-rule"],
  ["the root", 'local-zone: "." static', "!empty-label"],
  ["a single label", 'local-zone: "zip" static', "!single-label"],
  ["a star", 'local-zone: "*.evil.example" static', "!wildcard"],
  ["a reserved top label", 'local-zone: "evil.rpz-client-ip" static', "!reserved-label"],
  ["an empty label", 'local-zone: "evil..example" static', "!empty-label"],
  ["a quote that does not end", 'local-zone: "evil.example static', "!bad-syntax"],
  ["a plain name", "evil.example", "!bad-syntax"],
  ["free text", "do not visit evil.example", "!free-text"],
  ["NUL", 'local-zone: "evil\0.example" static', "!binary"],
  ["a comment", '# local-zone: "evil.example" static', ""],
  ["a blank line", "", ""],
];

describe("an Unbound list takes", () => {
  takes({ format: "unbound" }, vectors);

  it("a scope of exact, for blocks and not for exceptions", () => {
    const list = 'local-zone: "evil.example" static\nlocal-zone: "good.example" always_transparent\n';
    expect(parse({ format: "unbound", scope: "exact" }, list).entries).toEqual([
      "+evil.example",
      "-good.example -*.good.example",
    ]);
  });

  it("the line of a redirect without a null address", () => {
    const list =
      'server:\nlocal-zone: "a.example" redirect\nlocal-data: "a.example A 0.0.0.0"\nlocal-zone: "b.example" redirect\n';
    expect(parse({ format: "unbound" }, list).rejects).toEqual(["redirect-without-sinkhole@4"]);
  });
});
