/** Makes zip archives for tests, right ones and wrong ones. */
import { crc32, deflateRawSync } from "node:zlib";

export interface Member {
  readonly name: string;
  readonly content: Uint8Array | string;
  /** 0 stored, 8 deflated, others only said. */
  readonly method?: number;
  readonly flags?: number;
  /** Said in place of what is right. */
  readonly crc?: number;
  readonly size?: number;
}

/** An archive of these members, with some octets before it, and in zip64 where asked. */
export function zipOf(members: readonly Member[], { isZip64 = false } = {}): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content, method = 8, flags = 0, crc, size } of members) {
    const plain = Buffer.from(content as string);
    const packed = method === 8 ? deflateRawSync(plain) : plain;
    const sum = crc ?? crc32(plain);
    const bytes = size ?? plain.length;
    const title = Buffer.from(name);
    const common = Buffer.concat([
      u16(20, flags, method, 0, 0x21),
      u32(sum, isZip64 ? 0xffff_ffff : packed.length, isZip64 ? 0xffff_ffff : bytes),
      u16(title.length),
    ]);
    const wide = isZip64 ? Buffer.concat([u16(1, 16), u64(bytes, packed.length)]) : Buffer.alloc(0);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, u16(wide.length), title, wide, packed]);
    central.push(
      Buffer.concat([
        Buffer.from("PK\x01\x02"),
        u16(20),
        common,
        u16(wide.length, 0, 0, 0),
        u32(0, offset),
        title,
        wide,
      ]),
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const { length } = members;
  const parts = [...locals, directory];
  if (isZip64) {
    const end = Buffer.concat([
      Buffer.from("PK\x06\x06"),
      u64(44),
      u16(45, 45),
      u32(0, 0),
      u64(length, length, directory.length, offset),
    ]);
    parts.push(end, Buffer.from("PK\x06\x07"), u32(0), u64(offset + directory.length), u32(1));
  }
  const count = isZip64 ? 0xffff : length;
  const [at, bytes] = isZip64 ? [0xffff_ffff, 0xffff_ffff] : [offset, directory.length];
  parts.push(Buffer.from("PK\x05\x06"), u16(0, 0, count, count), u32(bytes, at), u16(0));
  return Buffer.concat(parts);
}

function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => bytes.writeUInt16LE(value, 2 * i));
  return bytes;
}

function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32LE(value >>> 0, 4 * i));
  return bytes;
}

function u64(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => bytes.writeBigUInt64LE(BigInt(value), 8 * i));
  return bytes;
}
