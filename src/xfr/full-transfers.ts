/**
 * Remembers who is owed a full zone. When one breaks off, BIND keeps the old SOA and drops the rules beyond the break, and
 * no difference brings them back: only another full zone does. Whether one arrived is known by the client's next request
 * alone, since what the kernel has taken may still be lost. So it is recorded before the first octet is written, and the
 * record stands until the client says that it has that serial. Not implemented: telling apart resolvers that share both
 * their address and their key; one of them may clear what another is owed.
 */
import { compareSerials, type Serial } from "../dns/serial.ts";

/** To whom a full zone was sent. */
export interface TransferClient {
  readonly address: string;
  /** The name of the TSIG key that signed the request, in text; empty for none. */
  readonly key: string;
}

export interface FullTransferRecord {
  readonly serial: Serial;
  /** Whether the kernel took all of it. If not, the client cannot have this serial from it. */
  readonly isComplete: boolean;
}

/** Where records are kept. The server needs one that outlives it. Apexes are text. */
export interface FullTransferLog {
  find(apex: string, client: TransferClient): FullTransferRecord | undefined;
  /** Puts a record in the place of an earlier one. Resolves when it is as safe as it can be made; never rejects. */
  put(apex: string, client: TransferClient, record: FullTransferRecord): Promise<void>;
  delete(apex: string, client: TransferClient): void;
}

/** For servers without a folder of their own: bounded, and gone with the process. */
export class MemoryTransferLog implements FullTransferLog {
  static readonly #recordsMax = 65_536;
  readonly #records = new Map<string, FullTransferRecord>();

  static #id(apex: string, { address, key }: TransferClient): string {
    return `${apex} ${address} ${key}`;
  }

  find(apex: string, client: TransferClient): FullTransferRecord | undefined {
    return this.#records.get(MemoryTransferLog.#id(apex, client));
  }

  put(apex: string, client: TransferClient, record: FullTransferRecord): Promise<void> {
    const id = MemoryTransferLog.#id(apex, client);
    this.#records.delete(id);
    this.#records.set(id, record);
    if (this.#records.size > MemoryTransferLog.#recordsMax) {
      for (const oldest of this.#records.keys()) {
        this.#records.delete(oldest);
        break;
      }
    }
    return Promise.resolve();
  }

  delete(apex: string, client: TransferClient): void {
    this.#records.delete(MemoryTransferLog.#id(apex, client));
  }
}

export class FullTransfers {
  readonly #log: FullTransferLog;

  constructor(log: FullTransferLog) {
    this.#log = log;
  }

  /**
   * Whether a client that says it has `carried` is to get the full zone and no differences. A request by TCP that shows
   * the record's serial or a newer one clears it; by UDP it may be forged, and clears nothing. Where the transfer was seen
   * to break off, the client had that serial before and may lack rules all the same: the record stands.
   */
  isOwed(apex: string, client: TransferClient, carried: Serial, mayClear: boolean): boolean {
    const record = this.#log.find(apex, client);
    if (record === undefined) return false;
    const order = compareSerials(carried, record.serial);
    if (!record.isComplete || order === undefined || order < 0) return true;
    if (mayClear) this.#log.delete(apex, client);
    return false;
  }

  /** A full zone is about to be sent: not before this resolves. */
  begin(apex: string, client: TransferClient, serial: Serial): Promise<void> {
    return this.#log.put(apex, client, { serial, isComplete: false });
  }

  /** The kernel has taken all of it, or it was cut. */
  end(apex: string, client: TransferClient, serial: Serial, isComplete: boolean): void {
    void this.#log.put(apex, client, { serial, isComplete });
  }
}
