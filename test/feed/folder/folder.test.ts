import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { contentFolderOf } from "../../../src/feed/folder/index-file.ts";
import { scanFolder } from "../../../src/feed/folder/scan.ts";
import { takeFile } from "../../../src/feed/folder/take.ts";
import { FolderFixture } from "./folder-fixture.ts";

test("files of several formats are one source, and each entry names its file", async () => {
  const fixture = new FolderFixture();
  fixture.put("names.txt", "one.example\ntwo.example\n");
  fixture.put("hosts", "0.0.0.0 three.example\n0.0.0.0 four.example\n");
  fixture.put("packed.txt.gz", gzipSync("five.example\nsix.example\n"));
  const outcome = await fixture.take();
  expect(outcome).toMatchObject({ outcome: "new", error: null, says: "3 files taken" });
  expect(fixture.states()).toEqual(["hosts accepted 2", "names.txt accepted 2", "packed.txt.gz accepted 2"]);
  expect(fixture.rows()).toEqual([
    "five.example  reported packed.txt.gz",
    "four.example  reported hosts",
    "one.example  reported names.txt",
    "six.example  reported packed.txt.gz",
    "three.example  reported hosts",
    "two.example  reported names.txt",
  ]);
  expect(fixture.blocked()).toHaveLength(6);
  expect(fixture.said()).toEqual([]);
});

test("rows with ids and references keep them beside the file's name", async () => {
  const fixture = new FolderFixture("format: csv, column: name, fields: {id: id, reference: case}");
  fixture.put("a.csv", "id,name,case\n1,one.example,C-7\n2,two.example,\n");
  fixture.put("b.csv", "id,name,case\n1,one.example,C-9\n");
  await fixture.take();
  expect(fixture.rows()).toEqual([
    "one.example a.csv:1 reported C-7; a.csv",
    "one.example b.csv:1 reported C-9; b.csv",
    "two.example a.csv:2 reported a.csv",
  ]);
});

test("a second look reads nothing, and a file that changed is read again", async () => {
  const fixture = new FolderFixture();
  fixture.put("a.txt", "one.example\n");
  await fixture.take();
  expect(await fixture.look()).toMatchObject({ outcome: "same", fetchedBytes: 0, says: "nothing new in the folder" });
  fixture.put("a.txt", "one.example\ntwo.example\n", 30);
  expect(await fixture.take()).toMatchObject({ outcome: "new", says: "1 file taken" });
  expect(fixture.blocked()).toEqual(["one.example", "two.example"]);
});

test("what is being written, hidden or no regular file is passed over", async () => {
  const fixture = new FolderFixture();
  for (const name of [".hidden", "~lock.csv", "a.part", "b.TMP", "c.swp"]) fixture.put(name, "no.example\n");
  fixture.put("good.txt", "one.example\n");
  mkdirSync(fixture.path("inbox/sub"));
  writeFileSync(fixture.path("inbox/sub/inner.txt"), "inner.example\n");
  writeFileSync(fixture.path("outside.txt"), "outside.example\n");
  symlinkSync("../outside.txt", fixture.path("inbox/link.txt"));
  execFileSync("mkfifo", [fixture.path("inbox/pipe.txt")]);
  const outcome = await fixture.take();
  expect(fixture.states()).toEqual(["good.txt accepted 1", "link.txt passed", "pipe.txt passed", "sub passed"]);
  expect(fixture.blocked()).toEqual(["one.example"]);
  expect(outcome.says).toContain('"sub": it is a folder, and these are not entered');
  expect(fixture.said().map(({ message }) => message)).toEqual([
    'Passed over "link.txt" in the folder of "drop": it is a symbolic link, and these are not followed',
    'Passed over "pipe.txt" in the folder of "drop": it is no regular file',
    'Passed over "sub" in the folder of "drop": it is a folder, and these are not entered',
  ]);
  expect((await fixture.look()).says).toBe("nothing new in the folder");
  fixture.put("more.txt", "two.example\n");
  await fixture.take();
  expect(fixture.said()).toHaveLength(3);
});

test.each([
  ["no list", "<!DOCTYPE html><html><body>Sign in</body></html>", "it is a web page"],
  ["empty", "", "it holds no name and no address"],
  ["of words", "These are not\nthe names that\nyou look for\n", "none of its items can be used"],
  ["packed", gzipSync("one.example\n"), "it is compressed"],
  ["too large", "n.example\n".repeat(200), "expandedBytesMax allows 1,000"],
])("a file that is %s is refused, and what it held before stays", async (_, content, reason) => {
  const fixture = new FolderFixture("format: domains, expandedBytesMax: 1000");
  fixture.put("a.txt", "one.example\n");
  fixture.put("b.txt", "two.example\n");
  await fixture.take();
  fixture.put("a.txt", content, 50);
  fixture.put("new.txt", content, 50);
  const outcome = await fixture.take();
  expect(outcome.says).toContain("2 files refused");
  expect(fixture.states()).toEqual(["a.txt refused 1", "b.txt accepted 1", "new.txt refused"]);
  expect(fixture.reasons()["a.txt"]).toContain(reason);
  expect(fixture.reasons()["a.txt"]).not.toContain(fixture.folder);
  expect(fixture.blocked()).toEqual(["one.example", "two.example"]);
  expect(fixture.said().map(({ message }) => message.slice(0, 29))).toEqual([
    'Refused the file "a.txt" of "',
    'Refused the file "new.txt" of',
  ]);
  fixture.put("a.txt", "three.example\n", 40);
  await fixture.take();
  expect(fixture.blocked()).toEqual(["three.example", "two.example"]);
});

test("a compressed file that expands too far is refused", async () => {
  const fixture = new FolderFixture("format: domains, expandedBytesMax: 10000");
  fixture.put("bomb.txt.gz", gzipSync("n.example\n".repeat(50_000)));
  await fixture.take();
  expect(fixture.reasons()["bomb.txt.gz"]).toContain("it holds more than 10000 octets once expanded");
});

test("a file of ten gigabytes is refused without being read", async () => {
  const fixture = new FolderFixture();
  fixture.put("huge.txt", "");
  truncateSync(fixture.path("inbox/huge.txt"), 10 * 1024 ** 3);
  const outcome = await fixture.look();
  expect(outcome.fetchedBytes).toBe(0);
  expect(fixture.reasons()["huge.txt"]).toContain("it has 10,737,418,240 octets");
});

test("a file that is gone is withdrawn, within the limit of the source", async () => {
  const fixture = new FolderFixture("format: domains, limit: {percent: 50, entries: 5}");
  fixture.put("a.txt", "one.example\n");
  fixture.put("b.txt", Array.from({ length: 9 }, (_, i) => `b${i}.example\n`).join(""));
  await fixture.take();
  fixture.remove("a.txt");
  await fixture.take();
  expect(fixture.rows()[9]).toBe("one.example  withdrawn a.txt");
  expect(fixture.blocked()).toHaveLength(9);
  fixture.put("c.txt", "three.example\n");
  fixture.remove("b.txt");
  await fixture.take();
  expect(fixture.said().map(({ code }) => code)).toEqual(["SOURCE_GUARD"]);
  expect(fixture.blocked()).toHaveLength(9);
});

test("an empty folder is no fault at first, and one that was emptied or is gone keeps everything", async () => {
  const fixture = new FolderFixture();
  expect(await fixture.take()).toMatchObject({ outcome: "new", error: null });
  expect(fixture.said()).toEqual([]);
  fixture.put("a.txt", "one.example\n");
  await fixture.take();
  fixture.remove("a.txt");
  expect((await fixture.take()).error).toMatchObject({ code: "SOURCE_EMPTY" });
  renameSync(fixture.path("inbox"), fixture.path("elsewhere"));
  const gone = await fixture.take();
  expect(gone.error).toMatchObject({ code: "SOURCE_UNREADABLE" });
  expect(gone.error?.message).toContain("there is no such folder");
  expect(fixture.blocked()).toEqual(["one.example"]);
  renameSync(fixture.path("elsewhere"), fixture.path("inbox"));
  expect(await fixture.look({ mode: "force" })).toMatchObject({ outcome: "new", says: "1 file gone" });
  await fixture.build();
  expect(fixture.said().map(({ code }) => code)).toEqual(["SOURCE_EMPTY"]);
  expect(fixture.blocked()).toEqual(["one.example"]);
  await fixture.build({ accept: new Set(["drop"]) });
  expect(fixture.blocked()).toEqual([]);
});

test("two files of the same content each report it, and one of them may go", async () => {
  const fixture = new FolderFixture();
  fixture.put("a.txt", "one.example\n");
  fixture.put("b.txt", "one.example\n");
  await fixture.take();
  expect(fixture.rows()).toEqual(["one.example  reported a.txt", "one.example ~2 reported b.txt"]);
  expect(readdirSync(contentFolderOf(fixture.task().file))).toHaveLength(1);
  fixture.remove("a.txt");
  await fixture.take();
  expect(fixture.rows()).toEqual(["one.example  withdrawn a.txt", "one.example ~2 reported b.txt"]);
  expect(fixture.blocked()).toEqual(["one.example"]);
});

test("names that are no text are shown escaped, and are different files", async () => {
  const fixture = new FolderFixture();
  const raw = (octets: number[]): Buffer =>
    Buffer.concat([Buffer.from(`${fixture.path("inbox")}/`), Buffer.from(octets)]);
  writeFileSync(raw([0x61, 0xff]), "one.example\n");
  writeFileSync(raw([0x61, 0xfe]), "two.example\n");
  fixture.put("new\nline\u001b[31m\u202e.txt", "three.example\n");
  fixture.put("a\\xff", "four.example\n");
  fixture.put("höhe.txt", "five.example\n");
  await fixture.take();
  expect(fixture.files().map(({ name }) => name)).toEqual([
    "a\\\\xff",
    "a\\xfe",
    "a\\xff",
    "höhe.txt",
    "new\\u{a}line\\u{1b}[31m\\u{202e}.txt",
  ]);
  expect(fixture.blocked()).toHaveLength(5);
});

test("a file that was just written is waited for, and one that still grows is left for the next look", async () => {
  const fixture = new FolderFixture();
  fixture.put("old.txt", "zero.example\n");
  fixture.put("still.txt", "one.example\n", -1);
  fixture.put("grows.txt", "two.exa", -1);
  fixture.onWait = () => appendFileSync(fixture.path("inbox/grows.txt"), "mple\nthree.ex");
  const outcome = await fixture.look();
  expect(fixture.waits).toEqual([3000]);
  expect(fixture.states()).toEqual(["old.txt accepted 1", "still.txt accepted 1"]);
  expect(outcome).toMatchObject({ says: "2 files taken, 1 file still being written", dueInSeconds: 3 });
});

test("a time to come holds up no file that stands still", async () => {
  const fixture = new FolderFixture();
  fixture.put("ahead.txt", "one.example\n", -86_400);
  expect(await fixture.look()).toMatchObject({ says: "1 file taken" });
  expect(await fixture.look()).toMatchObject({ outcome: "same", says: "nothing new in the folder" });
});

test("a file that is replaced while it is read is left for the next look", async () => {
  const fixture = new FolderFixture();
  fixture.put("a.txt", "one.example\n");
  await fixture.take();
  const content = "n.example\n".repeat(300_000);
  fixture.put("a.txt", content, 50);
  const path = fixture.path("inbox/a.txt");
  const [file] = scanFolder(fixture.path("inbox")).files;
  if (file === undefined) throw new Error("There is a file");
  let parts = 0;
  const taken = await takeFile(file, {
    task: fixture.task(),
    now: 0,
    known: new Map(),
    onBytes: () => void (parts++ === 0 && writeFileSync(path, "two.example\n")),
  });
  expect(taken).toEqual({ kind: "changed" });
  expect(readdirSync(contentFolderOf(fixture.task().file)).filter((name) => name.startsWith("."))).toEqual([]);
});

// The system keeps nothing from its administrator.
test.skipIf(process.getuid?.() === 0)(
  "a file that this user may not read is refused, and taken once it may be read",
  async () => {
    const fixture = new FolderFixture();
    fixture.put("a.txt", "one.example\n");
    chmodSync(fixture.path("inbox/a.txt"), 0o000);
    await fixture.look();
    expect(fixture.reasons()["a.txt"]).toBe("this user may not read it");
    chmodSync(fixture.path("inbox/a.txt"), 0o644);
    await fixture.look();
    expect(fixture.states()).toEqual(["a.txt accepted 1"]);
  },
);

test("files are read anew where the source says so, and what is no longer one so is refused", async () => {
  const fixture = new FolderFixture();
  fixture.put("a.txt", "one.example\n");
  fixture.put("b.csv", "domain,why\ntwo.example,x\nthree.example,y\n");
  await fixture.take();
  expect(fixture.states()).toEqual(["a.txt accepted 1", "b.csv accepted 2"]);
  fixture.configure("format: json");
  await fixture.look();
  expect(fixture.states()).toEqual(["a.txt refused", "b.csv refused"]);
  fixture.configure("format: auto");
  await fixture.look();
  expect(fixture.states()).toEqual(["a.txt accepted 1", "b.csv accepted 2"]);
});

test("a content that is gone from the copies is taken again", async () => {
  const fixture = new FolderFixture();
  fixture.put("a.txt", "one.example\n");
  await fixture.look();
  const folder = contentFolderOf(fixture.task().file);
  for (const name of readdirSync(folder)) truncateSync(join(folder, name), 0);
  await fixture.take();
  expect(fixture.blocked()).toEqual(["one.example"]);
});
