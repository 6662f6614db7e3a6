/**
 * Reads the owner names of a transfer, in a loop over octets: each is expanded into one buffer in lower case, looked at
 * whether it is in the zone, and made a key relative to the apex. Nothing is allocated for a name. Most owners are a label or
 * two and a pointer to the apex, so that the offset at which the apex stands in a message is kept.
 */
import { MessageError } from "../dns/message.ts";
import { nameBytesMax } from "../dns/name.ts";
import { headerBytes } from "../dns/types.ts";
import { broken } from "./fault.ts";

const pointersMax = 127;
/** By octet, what it is in lower case. */
const lower = Uint8Array.from({ length: 256 }, (_, octet) => (octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet));

export class OwnerReader {
  /** The labels of the name that was read, without those of the apex and without the root. */
  readonly wire = new Uint8Array(nameBytesMax + 1);
  wireBytes = 0;
  /** The key of that name (`dns/name.ts`); nothing of the apex itself. */
  readonly key = new Uint8Array(2 * nameBytesMax);
  keyBytes = 0;
  readonly #apex: Uint8Array;
  readonly #apexLabels: number;
  /** By label, where it starts in `wire` and where in the message. */
  readonly #starts = new Uint8Array(nameBytesMax);
  readonly #places = new Uint16Array(nameBytesMax);
  /** Where the apex stands in the message; -1 where no name has shown it yet. */
  #apexAt = -1;

  /** `apex` is wire, in lower case. */
  constructor(apex: Uint8Array) {
    this.#apex = apex;
    let labels = 0;
    for (let at = 0; apex[at] !== 0; at += (apex[at] as number) + 1) labels += 1;
    this.#apexLabels = labels;
  }

  /** Offsets are of another message from now on. */
  startMessage(): void {
    this.#apexAt = -1;
  }

  /** Reads the name at `at`; where it ends. @throws MessageError, TransferFault where it is outside the zone */
  read(message: Uint8Array, at: number): number {
    const { wire } = this;
    const starts = this.#starts;
    const places = this.#places;
    let length = 0;
    let labels = 0;
    let end = -1;
    let from = at;
    let pointers = 0;
    for (;;) {
      const octet = message[from];
      if (octet === undefined) throw new MessageError("it ends inside a name");
      if (octet === 0) {
        if (end < 0) end = from + 1;
        length = this.#withoutApex(length, labels);
        break;
      }
      if (octet < 0x40) {
        const next = from + octet + 1;
        if (length + octet + 2 > nameBytesMax) throw new MessageError("a name is over 255 octets");
        if (next > message.length) throw new MessageError("it ends inside a name");
        starts[labels] = length;
        places[labels++] = from;
        wire[length++] = octet;
        for (let i = from + 1; i < next; i++) wire[length++] = lower[message[i] as number] as number;
        from = next;
      } else if (octet >= 0xc0) {
        if (from + 2 > message.length) throw new MessageError("it ends inside a name");
        const target = ((octet & 0x3f) << 8) | (message[from + 1] as number);
        if (end < 0) end = from + 2;
        if (target === this.#apexAt) {
          if (length + this.#apex.length > nameBytesMax) throw new MessageError("a name is over 255 octets");
          break;
        }
        if (target >= from || target < headerBytes) throw new MessageError("a compression pointer leads nowhere");
        if (++pointers > pointersMax) throw new MessageError("a name has too many compression pointers");
        from = target;
      } else throw new MessageError("a label has an unknown type");
    }
    this.wireBytes = length;
    this.#makeKey();
    return end;
  }

  /** The octets of a whole name that are not the apex's. @throws TransferFault where it is outside the zone */
  #withoutApex(length: number, labels: number): number {
    const { wire } = this;
    const apex = this.#apex;
    const first = labels - this.#apexLabels;
    const start = first < 0 ? -1 : first === labels ? length : (this.#starts[first] as number);
    let isInside = start >= 0 && length - start === apex.length - 1;
    for (let i = 0; isInside && i < apex.length - 1; i++) isInside = wire[start + i] === apex[i];
    if (!isInside) throw broken("its primary sent a record outside the zone");
    if (first < labels) this.#apexAt = this.#places[first] as number;
    return start;
  }

  #makeKey(): void {
    const { wire, wireBytes, key } = this;
    const starts = this.#starts;
    let labels = 0;
    for (let at = 0; at < wireBytes; at += (wire[at] as number) + 1) starts[labels++] = at;
    let length = 0;
    for (let i = labels - 1; i >= 0; i--) {
      const start = starts[i] as number;
      const end = start + (wire[start] as number);
      for (let at = start + 1; at <= end; at++) {
        const octet = wire[at] as number;
        if (octet <= 1) {
          key[length++] = 1;
          key[length++] = octet + 1;
        } else key[length++] = octet;
      }
      key[length++] = 0;
    }
    this.keyBytes = length;
  }
}
