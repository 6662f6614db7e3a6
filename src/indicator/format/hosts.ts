/** Hosts files: a null address and the names that it blocks. A line with any other address maps, it does not block. */
import { type Prefix, parseAddress } from "../../rpz/address.ts";
import type { EntrySink } from "../entry/sink.ts";
import { NameScan } from "../name-scan.ts";
import { isComment } from "./domains.ts";
import { cutComment, isBinary, isLineEnd, LineParser, trimOctets } from "./line-parser.ts";
import { octetsOf } from "./octets.ts";

/** Names that systems put into their own hosts files, and the null addresses that lists repeat as names. */
const boilerplateNames: ReadonlySet<string> = new Set(
  `localhost localhost.localdomain localdomain local localhost4 localhost4.localdomain4 localhost6
  localhost6.localdomain6 broadcasthost ip6-localhost ip6-loopback ip6-localnet ip6-mcastprefix ip6-allnodes
  ip6-allrouters ip6-allhosts loopback 0.0.0.0 127.0.0.1 255.255.255.255 :: ::1`.split(/\s+/),
);

/** Whether nothing is reached at an address: 0.0.0.0, 127.0.0.0/8, `::` and `::1`. */
export function isNullAddress(address: Prefix): boolean {
  const { octets } = address;
  if (octets.length === 4) return octets[0] === 127 || octets.every((octet) => octet === 0);
  return octets.subarray(0, 15).every((octet) => octet === 0) && (octets[15] as number) <= 1;
}

const space = 0x20;
const tab = 0x09;
/** The two null addresses that nearly every list has. */
const zeroAddress = octetsOf("0.0.0.0");
const loopbackAddress = octetsOf("127.0.0.1");
/** Only a comment that a blank sets apart: `bing.example##.x` is a rule of another format. */
const inlineComment = /[ \t]#/;

export class HostsParser extends LineParser {
  readonly #names = new NameScan();
  readonly #flags: number;

  constructor(sink: EntrySink) {
    super(sink);
    this.#flags = sink.plainFlags;
  }

  protected takePlain(bytes: Uint8Array, at: number): number {
    const nullAddress = bytes[at] === 0x30 ? zeroAddress : loopbackAddress;
    for (let i = 0; i < nullAddress.length; i++) if (bytes[at + i] !== nullAddress[i]) return -1;
    let from = at + nullAddress.length;
    if (bytes[from] !== space && bytes[from] !== tab) return -1;
    do from += 1;
    while (bytes[from] === space || bytes[from] === tab);
    const end = this.#names.read(bytes, from);
    if (end === -1 || !isLineEnd(bytes, end)) return -1;
    this.#names.commit(bytes, this.sink.collector, this.#flags);
    return end;
  }

  protected takeText(octets: string): void {
    const line = trimOctets(octets);
    if (line === "" || isComment(line)) return;
    if (isBinary(line)) {
      this.sink.reject("binary", this.lines, line);
      return;
    }
    const [first = "", ...names] = cutComment(line, inlineComment).split(/[ \t]+/);
    // A zone index (`fe80::1%lo0`) says which interface, not which address.
    const address = parseAddress(first.replace(/%.*$/, ""));
    if (address === undefined || names.length === 0) {
      this.sink.reject("not-a-hosts-line", this.lines, line);
      return;
    }
    const said = names.filter((name) => {
      const isBoilerplate = boilerplateNames.has(name.toLowerCase());
      if (isBoilerplate) this.sink.reject("boilerplate", this.lines, line);
      return !isBoilerplate;
    });
    if (isNullAddress(address)) for (const name of said) this.sink.takeOctets(name, this.lines);
    else if (said.length > 0) this.sink.reject("maps-address", this.lines, line);
  }
}
