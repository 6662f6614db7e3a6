/** What passes between the parts that answer a query: who asks what, and what is to be said. */
import type { ExtendedError } from "../dns/edns.ts";
import type { Question, Sections } from "../dns/message.ts";
import type { Serial } from "../dns/serial.ts";
import type { PreparedKey } from "../dns/tsig.ts";
import type { Rcode } from "../dns/types.ts";
import type { TransferClient } from "./full-transfers.ts";

export interface Client {
  readonly address: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls";
  /** Whether it asks at a port for transfers over TLS, be it by UDP. */
  readonly isAtTransferPort?: boolean;
  /** What it proved itself to be by, over TLS; undefined where it showed no certificate, or one that does not hold. */
  readonly certificate?: ClientCertificate | undefined;
}

/** A client's certificate, verified. */
export interface ClientCertificate {
  /** The names in it, for messages. */
  readonly shownNames: string;
  /** Whether one of its names (SAN dNSName, RFC 6125 section 6.4) is this one, and it has not expired since. */
  isFor(name: string): boolean;
}

/** A request that could be read and whose signature, if it has one, holds. */
export interface Query {
  readonly bytes: Uint8Array;
  readonly question: Question;
  readonly sections: Sections;
  readonly key: PreparedKey | undefined;
  readonly client: Client;
  /** Octets that the answer may have before OPT and TSIG. */
  readonly bytesMax: number;
}

/** What a well-formed query is answered with, before it is addressed. */
export type Decision =
  | { readonly kind: "code"; readonly code: Rcode; readonly error?: ExtendedError }
  | { readonly kind: "message"; readonly message: Uint8Array }
  /** A transfer, to be decided on once there is a place for it. */
  | { readonly kind: "wait" }
  | { readonly kind: "transfer"; readonly transfer: Transfer };

/** A transfer about to be sent. */
export interface Transfer {
  readonly kind: "axfr" | "ixfr";
  /** Whether it is the whole zone; a client that gets only a part of it must get all of it next time. */
  readonly full: boolean;
  /** Whether it is the whole zone because an earlier one may not have arrived. */
  readonly repairs: boolean;
  readonly client: TransferClient;
  readonly apex: Uint8Array;
  readonly serial: Serial;
  /** The serial that the client said it has, where it did. */
  readonly from: Serial | undefined;
  /** Each is the taker's own: who has sent one may give its octets back. */
  readonly messages: Iterator<Uint8Array>;
}
