import { expect, test } from "vitest";
import { isKnownTopLevel } from "../../src/indicator/top-level.ts";
import { BuildFixture, mainText } from "./fixture.ts";

/** The country codes that are delegated, by ISO 3166 and IANA. */
const countryCodes =
  `ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd cf
  cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh
  gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw
  ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni
  nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so
  sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt
  za zm zw`.split(/\s+/);

test("every top-level domain of a country is known", () => {
  expect(countryCodes.length).toBeGreaterThan(240);
  expect(countryCodes.filter((code) => !isKnownTopLevel(code))).toEqual([]);
});

const list = [
  "a.example",
  "b.test",
  "c.invalid",
  "d.onion",
  "e.internal",
  "f.com",
  "g.xn--p1ai",
  "h.ck",
  "i.arpa",
  "ipsss.000webhostapp",
  "x.ipsss.000webhostapp",
  "y.no-such-tld",
  "192.0.2.1",
];

const fixtureOf = (more: string, lines: readonly string[] = list): BuildFixture =>
  new BuildFixture({
    "main.yaml": mainText([`{id: list, category: one, format: domains, from: list.txt${more}}`]),
    "list.txt": `${lines.join("\n")}\n`,
  });

test("a name under a top-level domain that does not exist is kept, counted and listed", async () => {
  const { sources } = await fixtureOf("").build();
  expect(sources[0]?.snapshot).toMatchObject({
    entries: 13,
    rejects: {
      "unknown-tld": {
        count: 3,
        samples: [
          { line: 0, text: "ipsss.000webhostapp" },
          { line: 0, text: "x.ipsss.000webhostapp" },
          { line: 0, text: "y.no-such-tld" },
        ],
      },
    },
  });
});

test("a name under a top-level domain that does not exist is a reject where the source says so", async () => {
  const { sources } = await fixtureOf(", unknownTld: reject").build();
  expect(sources[0]?.snapshot).toMatchObject({
    entries: 10,
    duplicates: 0,
    rejects: { "unknown-tld-rejected": { count: 3 } },
  });
});

test("the names that stay are the same in long lists, wherever the unknown ones lie", async () => {
  const many = Array.from({ length: 9000 }, (_, i) => `n${i}.${["com", "nope", "org", "zzz-nope", "aaa-nope"][i % 5]}`);
  const { sources } = await fixtureOf(", unknownTld: reject", [...many, ...many.slice(0, 10)]).build();
  expect(sources[0]?.snapshot).toMatchObject({
    entries: 3600,
    duplicates: 4,
    rejects: { "unknown-tld-rejected": { count: 5406 } },
  });
  expect(sources[0]?.snapshot?.rejects["unknown-tld-rejected"]?.samples).toHaveLength(100);
});
