import { describe, expect, test } from "vitest";
import { nameFromText, nameToText } from "../../src/dns/name.ts";
import type { NotifyTaker } from "../../src/xfr/notify.ts";
import { askTcp, askUdpRaw, decode, qtype, query, record } from "./client.ts";
import { soaOf } from "./memory-zone.ts";
import { serve } from "./serve.ts";
import { expectedMac, type Signed, sign, takeTsig } from "./tsig-client.ts";

const apex = "vendor.rpz.example";
const notifyFlags = 0x2400;
const signed: Signed = { name: "vendor", algorithm: "hmac-sha256", secret: Buffer.alloc(32, 7), time: 1_700_000_000 };

async function start(address = "127.0.0.1") {
  const heard: string[] = [];
  const notify: NotifyTaker = {
    zones: () => [{ apex: nameFromText(apex), acl: [{ address }] }],
    notified: (name) => void heard.push(nameToText(name)),
  };
  const keys = [{ name: "vendor", algorithm: "hmac-sha256", secret: signed.secret } as const];
  const { port } = await serve({ zones: () => [] }, { notify, keys });
  return { port, heard };
}

describe("NOTIFY from a primary", () => {
  test("is answered with its opcode and question, and taken", async () => {
    const { port, heard } = await start();
    const answer = decode(
      await askUdpRaw(query({ name: "Vendor.RPZ.example", type: qtype.SOA, flags: notifyFlags }), port),
    );
    expect(answer).toMatchObject({ rcode: 0, flags: { qr: true, aa: true, opcode: 4 }, counts: [1, 0, 0, 0] });
    expect(answer.packet.questions?.[0]?.name).toBe("Vendor.RPZ.example");
    expect(heard).toEqual(["vendor.rpz.example."]);
  });

  test("may have its SOA with it, and come by TCP", async () => {
    const { port, heard } = await start();
    const soa = record(apex, qtype.SOA, 1, 0, soaOf(7).soa.rdata);
    const withSoa = Buffer.concat([query({ name: apex, type: qtype.SOA, flags: notifyFlags }), soa]);
    withSoa.writeUInt16BE(1, 6);
    expect(decode(await askUdpRaw(withSoa, port)).rcode).toBe(0);
    expect((await askTcp({ name: apex, type: qtype.SOA, flags: notifyFlags }, port)).rcode).toBe(0);
    expect(heard).toHaveLength(2);
  });

  test("is answered signed where it is signed", async () => {
    const { port, heard } = await start();
    const { message, mac } = sign(query({ name: apex, type: qtype.SOA, flags: notifyFlags }), signed);
    const raw = await askUdpRaw(message, port);
    expect(decode(raw).rcode).toBe(0);
    const tsig = takeTsig(raw, signed);
    expect(tsig.mac).toEqual(expectedMac(tsig, mac, signed, true));
    expect(heard).toHaveLength(1);
  });

  test.each([
    ["another zone", { name: "other.rpz.example", type: qtype.SOA }, 5],
    ["a name beneath", { name: `x.${apex}`, type: qtype.SOA }, 5],
    ["another type", { name: apex, type: qtype.A }, 5],
    ["another class", { name: apex, type: qtype.SOA, class: 3 }, 5],
  ])("of %s is refused", async (_, ask, rcode) => {
    const { port, heard } = await start();
    expect(decode(await askUdpRaw(query({ ...ask, flags: notifyFlags }), port)).rcode).toBe(rcode);
    expect(heard).toEqual([]);
  });

  test("from another address is refused, whatever it is signed with, and with a wrong signature it is NOTAUTH", async () => {
    const elsewhere = await start("192.0.2.1");
    const plain = query({ name: apex, type: qtype.SOA, flags: notifyFlags });
    expect(decode(await askUdpRaw(plain, elsewhere.port)).rcode).toBe(5);
    expect(decode(await askUdpRaw(sign(plain, signed).message, elsewhere.port)).rcode).toBe(5);
    const { port, heard } = await start();
    const forged = sign(plain, { ...signed, secret: Buffer.alloc(32, 8) }).message;
    expect((await askUdpRaw(forged, port)).readUInt8(3) & 15).toBe(9);
    expect([...heard, ...elsewhere.heard]).toEqual([]);
  });

  test("is NOTIMP where nobody fetches", async () => {
    const { port } = await serve({ zones: () => [] });
    expect(decode(await askUdpRaw(query({ name: apex, type: qtype.SOA, flags: notifyFlags }), port)).rcode).toBe(4);
  });
});
