import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { body, FetchFixture, serve } from "./fetch-fixture.ts";
import { zipOf } from "./zip-archive.ts";

const list = Array.from({ length: 2000 }, (_, i) => `n${i}.example\n`).join("");
const zip = (name: string) => zipOf([{ name, content: list }]);

describe("a list comes through", () => {
  test.each([
    ["gzip", "gzip", gzipSync(list)],
    ["gzip by its old name", "x-gzip", gzipSync(list)],
    ["brotli", "br", brotliCompressSync(list)],
    ["deflate with the header of zlib", "deflate", deflateSync(list)],
    ["deflate without", "deflate", deflateRawSync(list)],
    ["nothing, said in words", "identity", Buffer.from(list)],
    ["two encodings, the last put on first off", "gzip, br", brotliCompressSync(gzipSync(list))],
    ["gzip of a file that is gzip itself", "gzip", gzipSync(gzipSync(list))],
    ["a gzip file without an encoding", "", gzipSync(list)],
    ["a gzip file of several parts", "", Buffer.concat([gzipSync(list.slice(0, 999)), gzipSync(list.slice(999))])],
    ["a zip archive", "", zip("list.txt")],
    ["a zip archive in gzip", "gzip", gzipSync(zip("list.txt"))],
    ["a zip archive of stored files", "", zipOf([{ name: "list.txt", content: list, method: 0 }])],
    ["a zip64 archive", "", zipOf([{ name: "list.txt", content: list }], { isZip64: true })],
    [
      "a zip archive whose first entry is a folder",
      "",
      zipOf([
        { name: "folder/", content: "" },
        { name: "a", content: list },
      ]),
    ],
  ])("%s", async (_, encoding, content) => {
    const fixture = new FetchFixture();
    fixture.url = await serve(body(content, encoding === "" ? {} : { "content-encoding": encoding }));
    expect(await fixture.failure()).toBe("new");
    expect(fixture.copy()).toBe(list);
    expect(fixture.files()).toHaveLength(2);
  });

  test("in octets as they are, whatever these mean", async () => {
    const octets = Buffer.from([0x61, 0xff, 0xfe, 0x2e, 0xc3, 0x28, 0x0a, 0xf0, 0x9f]);
    const fixture = new FetchFixture();
    fixture.url = await serve(body(octets));
    expect(await fixture.failure()).toBe("new");
    expect(Buffer.from(fixture.copy(), "utf8").toString("utf8")).toBe(octets.toString("utf8"));
  });

  test("an empty one too: what that means is for whoever reads it", async () => {
    const fixture = new FetchFixture();
    fixture.url = await serve(body(""));
    expect(await fixture.failure()).toBe("new");
    expect(fixture.copy()).toBe("");
  });
});

describe("of a zip archive", () => {
  const archive = zipOf([
    { name: "README", content: "not a list" },
    { name: "lists/", content: "" },
    { name: "lists/a.txt", content: "a.example\n" },
    { name: "lists/b.txt", content: "b.example\n" },
  ]);

  test("the member that is named is taken", async () => {
    const fixture = new FetchFixture();
    fixture.url = await serve(body(archive));
    await fixture.fetch({ member: "lists/b.txt" });
    expect(fixture.copy({ member: "lists/b.txt" })).toBe("b.example\n");
  });

  test("made on Windows, names may be written either way", async () => {
    const fixture = new FetchFixture();
    fixture.url = await serve(body(zipOf([{ name: "lists\\a.txt", content: "a.example\n" }])));
    expect(await fixture.failure({ member: "lists/a.txt" })).toBe("new");
  });

  test.each([
    ["has no such member", archive, "lists/c.txt", /^its zip archive has no "lists\/c\.txt"$/],
    ["has no file", zipOf([{ name: "lists/", content: "" }]), undefined, /^its zip archive has no file in it$/],
    ["has nothing", zipOf([]), undefined, /^its zip archive has no file in it$/],
    ["has a password", zipOf([{ name: "a", content: "x", flags: 1 }]), undefined, /^its zip archive has a password$/],
    ["has another compression", zipOf([{ name: "a", content: "x", method: 14 }]), undefined, /compression other than/],
    ["has another checksum", zipOf([{ name: "a", content: "x", crc: 1 }]), undefined, /the checksum is another/],
    ["says another size", zipOf([{ name: "a", content: "xyz", size: 2 }]), undefined, /zip archive is broken/],
    ["is cut", archive.subarray(0, archive.length - 30), undefined, /zip archive is broken/],
    ["has no directory", archive.subarray(0, 60), undefined, /zip archive is broken/],
  ])("one that %s gives no copy", async (_, content, member, expected) => {
    const fixture = new FetchFixture();
    fixture.url = await serve(body(content));
    const more = member === undefined ? {} : { member };
    expect(await fixture.failure(more)).toMatch(expected);
    expect(fixture.files()).toHaveLength(1);
  });
});

describe("no copy is made", () => {
  const zeros = Buffer.alloc(20_000_000, "a");
  const manyEmpty = Buffer.concat(Array.from({ length: 200_000 }, () => gzipSync("")));

  test.each([
    ["a gzip bomb", "gzip", gzipSync(zeros), /more than 1000000 octets once expanded/],
    ["a brotli bomb", "br", brotliCompressSync(zeros), /more than 1000000 octets once expanded/],
    ["a gzip file that is a bomb", "", gzipSync(zeros), /more than 1000000 octets once expanded/],
    ["a bomb in a bomb", "gzip", gzipSync(gzipSync(zeros)), /more than 1000000 octets once expanded/],
    ["a bomb that expands to nothing", "gzip", gzipSync(manyEmpty), /more than 1000000 octets once expanded/],
    ["a zip bomb", "", zipOf([{ name: "a", content: zeros }]), /more than 1000000 octets once expanded/],
    [
      "a zip bomb that says that it is small",
      "",
      zipOf([{ name: "a", content: zeros, size: 9 }]),
      /zip archive is broken/,
    ],
    ["a list larger than may be fetched", "", Buffer.alloc(1_000_001, "a\n"), /^it has more than 1000000 octets$/],
    ["what says gzip and is plain", "gzip", Buffer.from(list), /compression is broken/],
    ["what says brotli and is plain", "br", Buffer.from(list), /compression is broken/],
    ["what says deflate and is plain", "deflate", Buffer.from(list), /compression is broken/],
    ["gzip that is cut", "gzip", gzipSync(list).subarray(0, 1000), /compression is broken, or was cut/],
    ["brotli that is cut", "br", brotliCompressSync(list).subarray(0, 1000), /compression is broken, or was cut/],
    ["a gzip file that is cut", "", gzipSync(list).subarray(0, 1000), /compression is broken, or was cut/],
    ["gzip with another checksum", "gzip", spoilt(gzipSync(list)), /compression is broken/],
    ["an encoding nobody asked for", "zstd", Buffer.from("x"), /an encoding that was not asked for \(zstd\)/],
    ["three encodings", "gzip, gzip, gzip", gzipSync(gzipSync(gzipSync(list))), /encoded more than twice/],
  ])("of %s", async (_, encoding, content, expected) => {
    const fixture = new FetchFixture();
    fixture.url = await serve(body(content, encoding === "" ? {} : { "content-encoding": encoding }));
    expect(await fixture.failure()).toMatch(expected);
    expect(fixture.files()).toHaveLength(1);
  });

  test.each([
    ["that begins as one", "<!DOCTYPE html><title>Login</title>", "text/plain", /it is a web page/],
    ["by its label", "Session expired, <a href=/login>log in</a>", "text/html; charset=utf-8", /a web page came/],
  ])("of a web page with status 200 %s, and the copy stays", async (_, page, type, expected) => {
    const fixture = new FetchFixture();
    let content = "a.example\n";
    fixture.url = await serve((_, response) => void response.writeHead(200, { "content-type": type }).end(content));
    expect(await fixture.failure()).toBe("new");
    content = page;
    const { outcome, error } = await fixture.fetch();
    expect({ outcome, error }).toMatchObject({ outcome: "failed", error: { code: "SOURCE_NOT_A_LIST" } });
    expect(error?.message).toMatch(expected);
    expect(fixture.copy()).toBe("a.example\n");
  });
});

function spoilt(gzip: Buffer): Buffer {
  gzip[gzip.length - 6] = (gzip[gzip.length - 6] as number) ^ 1;
  return gzip;
}
