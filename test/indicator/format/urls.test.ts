import { describe, expect, it } from "vitest";
import { flag } from "../../../src/indicator/entry/collector.ts";
import { collect, parse, type VectorOptions } from "../parse.ts";
import { takes, type Vector } from "../vectors.ts";

const vectors: readonly Vector[] = [
  ["a URL", "http://evil.example/x.exe", "+evil.example"],
  ["https", "https://evil.example/", "+evil.example"],
  ["ftp", "ftp://evil.example/pub", "+evil.example"],
  ["no path", "http://evil.example", "+evil.example"],
  ["a query without a path", "http://evil.example?id=1", "+evil.example"],
  ["a fragment", "http://evil.example#bad.example", "+evil.example"],
  ["a port", "http://evil.example:8080/x", "+evil.example"],
  ["user information", "http://bank.example@evil.example/login", "+evil.example"],
  ["a password with a sign", "http://bank.example:p@ss@evil.example/login", "+evil.example"],
  ["a name in the path", "http://evil.example/http://good.example/", "+evil.example"],
  ["a name in the query", "http://evil.example/?u=http://good.example/", "+evil.example"],
  ["no scheme", "evil.example/x.exe", "+evil.example"],
  ["a name alone", "evil.example", "+evil.example"],
  ["a name and a port", "evil.example:8080/x", "+evil.example"],
  ["upper case", "HTTP://EVIL.Example/X", "+evil.example"],
  ["a final dot", "http://evil.example./", "+evil.example"],
  ["IDN", "http://bücher.example/", "+xn--bcher-kva.example"],
  ["defanged", "hxxps://evil[.]example/x[.]exe", "+evil.example"],
  ["defanged at the colon", "hxxp[:]//evil(.)example/x", "+evil.example"],
  ["defanged at colon and slashes", "hXXp[://]evil[dot]example/x", "+evil.example"],
  ["a comment behind", "http://evil.example/x # c2", "+evil.example"],
  ["a comment behind with slashes is no comment", "http://evil.example/x //c2", "!free-text"],
  ["CR LF", "http://evil.example/x\r", "+evil.example"],
  ["a blank in front", " http://evil.example/x", "+evil.example"],
  ["a name with hxxp in front", "hxxp.com/x", "+hxxp.com"],

  ["a host beneath a public suffix", "https://evil.web.app/", "+evil.web.app"],
  ["a public suffix, which guards look at", "https://co.uk/", "+co.uk"],
  [
    "a customer's host that a private wildcard matches",
    "http://ec2-192-0-2-1.compute-1.amazonaws.com/x",
    "+ec2-192-0-2-1.compute-1.amazonaws.com",
  ],
  ["an address, which a name's rule does not stop", "http://192.0.2.1/x", "!url-host-address"],
  ["an address and a port", "http://192.0.2.1:8080/x", "!url-host-address"],
  ["an IPv6 address", "http://[2001:db8::1]:80/x", "!url-host-address"],
  ["a number for an address", "http://3221225985/x", "!bad-address"],
  ["two ports", "http://evil.example:80:8080/x", "!bad-url"],
  ["a port over 65535", "http://evil.example:65536/x", "!bad-url"],
  ["no host", "http:///x", "!bad-url"],
  ["nothing but a scheme", "http://", "!bad-url"],
  ["a backslash", "http://good.example\\@evil.example/", "!bad-url"],
  ["a mail address", "mallory@mail.example", "!userinfo"],
  ["a mail address as a URL", "mailto:mallory@mail.example", "!unsupported-scheme"],
  ["a script", "javascript:alert(1)", "!unsupported-scheme"],
  ["a file", "file://server.example/x", "!unsupported-scheme"],
  ["a single label", "http://localhost/x", "!single-label"],
  ["a star", "http://*.evil.example/x", "!wildcard"],
  ["percent encoding in the host", "http://evil%2eexample/x", "!bad-character"],
  ["an empty label", "http://evil..example/x", "!empty-label"],
  ["a reserved top label", "http://evil.rpz-ip/x", "!reserved-label"],
  ["two URLs", "http://evil.example/ http://bad.example/", "!free-text"],
  ["free text", "see http://evil.example/x", "!free-text"],
  ["NUL", "http://evil\0.example/", "!binary"],
  ["bytes that are not UTF-8 in the path", Buffer.from("http://evil.example/\xfc", "latin1"), "!not-utf8"],
  ["a comment", "# http://evil.example/", ""],
  ["a blank line", "", ""],
];

describe("a list of URLs takes", () => {
  takes({ format: "urls" }, vectors);

  it.each(["exact", "subtree"] as const)("the exact host whatever the scope, as with %s", (scope) => {
    expect(parse({ format: "urls", scope }, "http://evil.example/x\nbad.example\n").entries).toEqual([
      "+evil.example",
      "+bad.example",
    ]);
  });
});

describe("hosts of URLs are told from names that are listed plainly:", () => {
  it.each<[VectorOptions, string, number]>([
    [{ format: "urls" }, "http://evil.example/x\n", flag.blockUrlHost],
    [{ format: "urls" }, "evil.example\n", flag.blockUrlHost],
    [{ format: "domains" }, "http://evil.example/\n", flag.blockUrlHost],
    [{ format: "domains", scope: "subtree" }, "http://evil.example/\n", flag.blockUrlHost],
    [{ format: "domains" }, "evil.example\n", flag.blockSelf],
  ])("%j %j", (options, list, flags) => {
    expect(collect(options, Buffer.from(list)).collector.flags[0]).toBe(flags);
  });
});
