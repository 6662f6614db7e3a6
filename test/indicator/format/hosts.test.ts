import { describe, expect, it } from "vitest";
import { parse } from "../parse.ts";
import { takes, type Vector } from "../vectors.ts";

const vectors: readonly Vector[] = [
  ["0.0.0.0 and a name", "0.0.0.0 evil.example", "+evil.example"],
  ["127.0.0.1 and a name", "127.0.0.1 evil.example", "+evil.example"],
  ["a tab", "0.0.0.0\tevil.example", "+evil.example"],
  ["several blanks", "127.0.0.1  \t evil.example", "+evil.example"],
  ["blanks in front and behind", "  0.0.0.0 evil.example  ", "+evil.example"],
  ["CR LF", "0.0.0.0 evil.example\r", "+evil.example"],
  ["upper case", "0.0.0.0 EVIL.example", "+evil.example"],
  ["another loopback address, which maps", "127.1.2.3 evil.example", "!maps-address"],
  ["::", ":: evil.example", "+evil.example"],
  ["::1", "::1 evil.example", "+evil.example"],
  ["an IPv6 null address in full", "0:0:0:0:0:0:0:0 evil.example", "+evil.example"],
  ["several names", "0.0.0.0 a.example b.example\tc.example", "+a.example +b.example +c.example"],
  ["a name and a word of a language", "0.0.0.0 xxx.to en", "+xxx.to !single-label"],
  ["a comment behind", "0.0.0.0 evil.example # c2", "+evil.example"],
  ["a comment of several names", "0.0.0.0 evil.example #bad.example good.example", "+evil.example"],
  ["a comment that sticks", "0.0.0.0 bing.com##.x", "!bad-character"],
  ["a final dot", "0.0.0.0 evil.example.", "+evil.example"],
  ["a star", "0.0.0.0 *.evil.example", "+evil.example +*.evil.example"],
  ["a byte order mark in front", "\uFEFF0.0.0.0 evil.example", "+evil.example"],
  ["a byte order mark at the name", "0.0.0.0 \uFEFFevil.example", "+evil.example"],
  ["IDN", "0.0.0.0 bücher.example", "+xn--bcher-kva.example"],
  ["an address where a name should stand", "0.0.0.0 192.0.2.1", "!address-for-name"],
  ["a URL where a name should stand", "0.0.0.0 http://evil.example/x", "!url-in-domain-list"],
  ["a numeric top label", "0.0.0.0 evil.example.1", "!numeric-tld"],
  ["a reserved top label", "0.0.0.0 evil.rpz-nsdname", "!reserved-label"],

  ["localhost", "127.0.0.1 localhost", "!boilerplate"],
  ["localhost with a domain", "127.0.0.1 localhost localhost.localdomain", "!boilerplate !boilerplate"],
  ["localhost with a domain in upper case", "127.0.0.1 LOCALHOST.LocalDomain", "!boilerplate"],
  ["local", "127.0.0.1 local", "!boilerplate"],
  ["IPv6 localhost", "::1 ip6-localhost ip6-loopback", "!boilerplate !boilerplate"],
  ["a link-local address with a zone index", "fe80::1%lo0 localhost", "!boilerplate"],
  ["the broadcast address", "255.255.255.255 broadcasthost", "!boilerplate"],
  ["multicast", "ff02::1 ip6-allnodes", "!boilerplate"],
  ["the null address as a name", "0.0.0.0 0.0.0.0", "!boilerplate"],
  ["a name beneath localdomain's first letter", "0.0.0.0 evil.london", "+evil.london"],

  ["an address that is no null address", "192.0.2.7 intranet.example", "!maps-address"],
  ["such an address and boilerplate", "192.0.2.7 localhost intranet.example", "!boilerplate !maps-address"],
  ["an address beyond the loopback network", "128.0.0.1 evil.example", "!maps-address"],
  ["an IPv6 address that is no null address", "2001:db8::1 intranet.example", "!maps-address"],
  ["a short address", "0 evil.example", "!not-a-hosts-line"],
  ["an octal address", "0177.0.0.1 evil.example", "!not-a-hosts-line"],
  ["a null address with more digits", "0.0.0.01 evil.example", "!not-a-hosts-line"],
  ["a null address with a name that sticks", "0.0.0.0evil.example", "!not-a-hosts-line"],
  ["a name alone", "evil.example", "+evil.example"],
  ["an address alone", "0.0.0.0", "!not-a-hosts-line"],
  ["an address and a comment", "0.0.0.0 # evil.example", "!not-a-hosts-line"],
  ["free text", "this is evil.example", "!not-a-hosts-line"],
  ["a comment", "# 0.0.0.0 evil.example", ""],
  ["a blank line", "", ""],
  ["NUL", "0.0.0.0 evil\0.example", "!binary"],
];

describe("a hosts file takes", () => {
  takes({ format: "hosts" }, vectors);

  it("a scope of subtree, for every name on a line", () => {
    const said = parse({ format: "hosts", scope: "subtree" }, "0.0.0.0 a.example\n0.0.0.0 b.example c.example\n");
    expect(said.entries).toEqual(["+a.example +*.a.example", "+b.example +*.b.example", "+c.example +*.c.example"]);
  });
});
