import { describe, expect, it } from "vitest";
import { parse } from "../parse.ts";
import { shown, takes, type Vector } from "../vectors.ts";

const header = "id,domain,family\n";

const cells: readonly Vector[] = [
  ["a name", `${header}1,evil.example,x`, "+evil.example"],
  ["a name in quotes", `${header}1,"evil.example",x`, "+evil.example"],
  ["a defanged name", `${header}1,evil[.]example,x`, "+evil.example"],
  ["a star label", `${header}1,*.evil.example,x`, "+evil.example +*.evil.example"],
  ["an address", `${header}1,192.0.2.1,x`, "+192.0.2.1"],
  ["an address and a port", `${header}1,192.0.2.1:80,x`, "+192.0.2.1"],
  ["a URL, the host alone", `${header}1,http://evil.example/x,x`, "+evil.example"],
  ["a URL without a path", `${header}1,hxxp://evil.example,x`, "+evil.example"],
  ["words", `${header}1,see evil.example,x`, "!free-text"],
  ["blanks around", `${header}1,  evil.example ,x`, "+evil.example"],
  ["blanks before a quote", `${header}1, "evil.example" ,x`, "+evil.example"],
  ["CR LF", "id,domain,family\r\n1,evil.example,x\r", "+evil.example"],
  ["a byte order mark", `\uFEFFdomain,family\nevil.example,x`, "+evil.example"],
  ["a byte order mark before a quote", `\uFEFF"domain","family"\n"evil.example","x"`, "+evil.example"],
  ["a header in another letter case", "ID,Domain ,Family\n1,evil.example,x", "+evil.example"],
  ["semicolons", "id;domain;family\n1;evil.example;x,y", "+evil.example"],
  ["tabs", "id\tdomain\n1\tevil.example", "+evil.example"],
  ["bars", "id|domain\n1|evil.example", "+evil.example"],
  ["a separator in quotes", `${header}"1,2","evil.example","x"`, "+evil.example"],
  ["a quote in quotes", `${header}1,evil.example,"a ""b"" c"`, "+evil.example"],
  ["a quote inside a cell", `${header}1,evil.example,5" disk\n2,bad.example,x`, "+evil.example +bad.example"],
  ["a line feed in quotes", `${header}1,evil.example,"a\n\nb"\n2,bad.example,x`, "+evil.example +bad.example"],
  ["Latin-1 in another column", Buffer.from(`${header}1,evil.example,caf\xe9`, "latin1"), "+evil.example"],
  ["Latin-1 in its column", Buffer.from(`${header}1,caf\xe9.example,x`, "latin1"), "!not-utf8"],
  ["IDN", `${header}1,bücher.example,x`, "+xn--bcher-kva.example"],
  ["padding rows", `${header},,\n1,evil.example,x\n,,\n`, "+evil.example"],
  ["a row without the cell", `${header}1,,x`, "!empty-item"],
  ["a short row", `${header}1`, "!empty-item"],
  ["a comment", `# list\n${header}# more\n1,evil.example,x`, "+evil.example"],
  [
    "a header in a comment",
    '# list\n# "id", "domain", "family"\n1,evil.example,x\n2,bad.example,x',
    "+evil.example +bad.example",
  ],
  ["NUL", `${header}1,evil\0.example,x`, "!binary"],
  [
    "a quote that does not end",
    `${header}1,"evil.example,x\n2,bad.example,x\n3,worse.example,x`,
    "+bad.example +worse.example !bad-syntax",
  ],
  ["something after a quote", `${header}1,"evil.example"x,y\n2,bad.example,x`, "+bad.example !bad-syntax"],
  ["a header alone", header, ""],
  ["one column with a header", "domain\nevil.example", "+evil.example"],
  ["one column without a header", "evil.example\nbad.example", "+evil.example +bad.example"],
  ["no known header", "id,site\n1,evil.example\n2,bad.example", "!no-such-column !no-such-column !no-such-column"],
];

describe("a table gives", () => takes({ format: "csv" }, cells));

describe("the column of a table", () => {
  const table = 'Id,Ioc Value,Domain\n1,evil.example,good.example\n2,"bad.example",fine.example\n';
  it("is found by its header", () => {
    expect(shown({ format: "csv", column: "ioc value" }, table)).toBe("+evil.example +bad.example");
    expect(shown({ format: "csv", column: "IOC_Value" }, table)).toBe("+evil.example +bad.example");
  });
  it("is found by its number from 1, with the header left out", () => {
    expect(shown({ format: "csv", column: 2 }, table)).toBe("+evil.example +bad.example");
    expect(shown({ format: "csv", column: 3 }, table)).toBe("+good.example +fine.example");
  });
  it("may be found by number where there is no header", () => {
    expect(shown({ format: "csv", column: 2 }, "1,evil.example\n2,bad.example\n")).toBe("+evil.example +bad.example");
  });
  it("is a reject of each row where the table has none such", () => {
    expect(shown({ format: "csv", column: "host" }, table)).toBe("!no-such-column !no-such-column !no-such-column");
    expect(shown({ format: "csv", column: 9 }, table)).toBe("!empty-item !empty-item !empty-item");
  });
  it("takes a scope", () => {
    expect(shown({ format: "csv", scope: "subtree" }, `${header}1,evil.example,x`)).toBe(
      "+evil.example +*.evil.example",
    );
    expect(shown({ format: "csv", scope: "exact" }, `${header}1,*.evil.example,x`)).toBe("+evil.example");
  });
});

describe("a table by blanks", () => {
  const rows = "evil.example  malware\ngood.example legitimate\nbad.example   c2\n";
  it("is read where a column is asked for, and what is legitimate never blocks", () => {
    const said = parse({ format: "csv", column: 1 }, rows);
    expect(said).toMatchObject({ entries: ["+evil.example", "+bad.example"], rejects: ["marked-legitimate@2"] });
    expect(shown({ format: "csv", column: 2 }, "malware evil.example\nc2\tbad.example")).toBe(
      "+evil.example +bad.example",
    );
  });
  it("may have a header", () => {
    const table = `name kind\n${rows}`;
    expect(shown({ format: "csv", column: "Name", where: { kind: ["c2"] } }, table)).toBe(
      "+bad.example !filtered !filtered",
    );
  });
  it("is none where the column's own header has a blank", () => {
    expect(shown({ format: "csv", column: "Bad names" }, "bad names\nevil.example\n")).toBe("+evil.example");
    expect(shown({ format: "csv" }, "domain name\nevil.example\n")).toBe("+evil.example");
  });
});

describe("rows of a table", () => {
  const table = [
    "type,indicator,classification,seen",
    "domain,evil.example,malicious,2026-01-01",
    "domain,odd.example,Suspicious,2026-01-01",
    "domain,bank.example,legitimate,2026-01-01",
    "domain,shop.example,Benign,2026-01-01",
    "url,http://evil.example/x,malicious,2026-01-01",
    "domain,fine.example,false positive,2026-01-01",
  ].join("\n");

  it("that the source calls legitimate never block", () => {
    expect(shown({ format: "csv" }, table)).toBe(
      "+evil.example +odd.example +evil.example !marked-legitimate !marked-legitimate !marked-legitimate",
    );
  });
  it("that the source calls legitimate never block, even where they are asked for", () => {
    const said = parse({ format: "csv", where: { classification: ["legitimate"] } }, table);
    expect(said.entries).toEqual([]);
    expect(said.rejects.filter((reject) => reject.startsWith("marked"))).toEqual(["marked-legitimate@4"]);
  });
  it("that the source calls legitimate may be allowed", () => {
    const said = parse({ format: "csv", role: "allow", where: { classification: ["legitimate", "benign"] } }, table);
    expect(said.entries).toEqual(["+bank.example", "+shop.example"]);
  });
  it("count only where they have one of the values of each column asked for", () => {
    const where = { type: ["domain"], Classification: ["malicious", "suspicious"] };
    const said = parse({ format: "csv", where }, table);
    expect(said.entries).toEqual(["+evil.example", "+odd.example"]);
    expect(said.rejects).toEqual(["filtered@4", "filtered@5", "filtered@6", "filtered@7"]);
  });
  it("are rejects where there is no such column to ask", () => {
    const said = parse({ format: "csv", where: { verdict: ["bad"] } }, table);
    expect(said.entries).toEqual([]);
    expect(said.rejects.every((reject) => reject.startsWith("no-such-column"))).toBe(true);
  });
  it("do not count where the column itself lists what is legitimate", () => {
    expect(shown({ format: "csv", column: "Whitelist" }, "id,whitelist\n1,good.example\n")).toBe("!marked-legitimate");
    expect(shown({ format: "csv", column: "Whitelist", role: "allow" }, "id,whitelist\n1,good.example\n")).toBe(
      "+good.example",
    );
  });
});

describe("a quote that nobody closes", () => {
  it("costs one line of a large table, and no more time than reading it twice", () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => `${i},n${i}.example,x`);
    rows[5] = '5,"n5.example,x';
    const said = parse({ format: "csv" }, `${header}${rows.join("\n")}\n`);
    expect(said.entries).toHaveLength(19_999);
    expect(said.rejects).toEqual(["bad-syntax@7"]);
  });
});
