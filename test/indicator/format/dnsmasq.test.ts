import { describe, expect, it } from "vitest";
import { parse } from "../parse.ts";
import { takes, type Vector } from "../vectors.ts";

const block = "+evil.example +*.evil.example";

const vectors: readonly Vector[] = [
  ["address with nothing", "address=/evil.example/", block],
  ["address with 0.0.0.0", "address=/evil.example/0.0.0.0", block],
  ["address with 127.0.0.1", "address=/evil.example/127.0.0.1", block],
  ["address with ::", "address=/evil.example/::", block],
  ["address with ::1", "address=/evil.example/::1", block],
  ["address with #, the null address", "address=/evil.example/#", block],
  ["server with nothing", "server=/evil.example/", block],
  ["local with nothing", "local=/evil.example/", block],
  ["CR LF", "address=/evil.example/\r", block],
  ["blanks around the sign", "address = /evil.example/0.0.0.0", block],
  ["upper case", "address=/EVIL.example/", block],
  ["a dot in front", "address=/.evil.example/", block],
  ["a final dot", "address=/evil.example./", block],
  ["several names", "address=/a.example/b.example/0.0.0.0", "+a.example +*.a.example +b.example +*.b.example"],
  ["IDN", "server=/bücher.example/", "+xn--bcher-kva.example +*.xn--bcher-kva.example"],
  ["a comment behind", "address=/evil.example/0.0.0.0 # c2", block],
  ["an exception", "server=/evil.example/#", "-evil.example -*.evil.example"],
  ["a local exception", "local=/evil.example/#", "-evil.example -*.evil.example"],

  ["an address that is no null address", "address=/intranet.example/192.0.2.7", "!maps-address"],
  ["an IPv6 address that is no null address", "address=/intranet.example/2001:db8::7", "!maps-address"],
  ["another server for a name", "server=/intranet.example/192.0.2.53", "!unsupported-rule"],
  ["another server with a port", "server=/intranet.example/192.0.2.53#5353", "!unsupported-rule"],
  ["a server for everything", "server=192.0.2.53", "!unsupported-rule"],
  ["an address for everything", "address=/#/0.0.0.0", "!wildcard"],
  ["names without a dot", "server=//192.0.2.53", "!unsupported-rule"],
  ["no names", "local=//", "!empty-label"],
  ["a star", "address=/*.evil.example/", "!wildcard"],
  ["a star inside a label", "address=/ev*l.example/", "!wildcard"],
  ["no slash behind", "address=/evil.example", "!bad-syntax"],
  ["no slash in front", "address=evil.example/0.0.0.0", "!unsupported-rule"],
  ["an octal address", "address=/evil.example/0177.0.0.1", "!bad-syntax"],
  ["a word for an address", "address=/evil.example/null", "!bad-syntax"],
  ["a single label", "address=/zip/", "!single-label"],
  ["a single label among others", "address=/zip/evil.example/", `${block} !single-label`],
  ["an empty label", "address=/evil..example/", "!empty-label"],
  ["a numeric top label", "address=/evil.example.1/", "!numeric-tld"],
  ["a reserved top label", "address=/evil.rpz-nsip/", "!reserved-label"],
  ["another setting", "bogus-priv", "!unsupported-rule"],
  ["another setting of names", "ipset=/evil.example/set", "!unsupported-rule"],
  ["a CNAME", "cname=a.example,b.example", "!unsupported-rule"],
  ["a file to include", "conf-file=/etc/other.conf", "!unsupported-rule"],
  ["a plain name", "evil.example", "!bad-syntax"],
  ["free text", "do not visit evil.example", "!free-text"],
  ["NUL", "address=/evil\0.example/", "!binary"],
  ["a comment", "# address=/evil.example/", ""],
  ["a blank line", "", ""],
];

describe("a dnsmasq list takes", () => {
  takes({ format: "dnsmasq" }, vectors);

  it("a scope of exact, for blocks and not for exceptions", () => {
    const said = parse({ format: "dnsmasq", scope: "exact" }, "address=/evil.example/\nserver=/good.example/#\n");
    expect(said.entries).toEqual(["+evil.example", "-good.example -*.good.example"]);
  });
});
