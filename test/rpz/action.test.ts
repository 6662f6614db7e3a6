import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeRrs } from "../../src/dns/rr.ts";
import { type Action, decodeAction, encodeAction, plainActions } from "../../src/rpz/action.ts";

const localData = fc.oneof(
  fc.constantFrom({ cname: "garden.example.net" }, { cname: "*.garden.example.net" }),
  fc.record(
    {
      a: fc.uniqueArray(fc.ipV4(), { minLength: 1, maxLength: 3 }),
      aaaa: fc.uniqueArray(fc.constantFrom("2001:db8::1", "2001:db8::2", "::ffff:192.0.2.1"), { minLength: 1 }),
      txt: fc.uniqueArray(fc.string({ maxLength: 60, unit: "grapheme" }), { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: ["a"] },
  ),
);

test("an action is read again from its records, in the order of these", () => {
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...plainActions), localData), (action: Action) => {
      const rrs = encodeAction(action, 60);
      const read = decodeAction(decodeRrs(rrs));
      expect(encodeAction(read, 60)).toEqual(rrs);
      if (typeof action === "string" || action.cname !== undefined) expect(read).toEqual(action);
      else expect(Object.keys(read as object).sort()).toEqual(Object.keys(action).sort());
    }),
  );
});
