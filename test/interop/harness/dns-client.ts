/** A small stub resolver over UDP for asking the peers. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import * as dnsPacket from "dns-packet";

/** Where a server answers. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface Question {
  /** Without a final dot. */
  readonly name: string;
  readonly type: dnsPacket.RecordType;
}

/** What came back, or "silence" where nothing did. */
export type Reply =
  | {
      readonly rcode: string;
      readonly truncated: boolean;
      readonly authoritative: boolean;
      readonly answers: readonly dnsPacket.Answer[];
    }
  | "silence";

export interface AskOptions {
  /** Time for one attempt. */
  readonly timeoutMs?: number;
  /** How often a question is sent before it counts as silence. */
  readonly attempts?: number;
  /** The client's own IPv4 address; absent: that of the loopback. */
  readonly from?: string;
  /** How many questions may be open at a time. */
  readonly concurrency?: number;
}

/** The type declarations leave out what decode() does set. */
type Decoded = dnsPacket.DecodedPacket & { readonly rcode: string };

interface Open {
  readonly question: Question;
  readonly done: (reply: Reply) => void;
}

function sameQuestion(message: dnsPacket.DecodedPacket, asked: Question): boolean {
  const question = message.questions?.[0];
  return question?.type === asked.type && question.name.toLowerCase() === asked.name.toLowerCase();
}

/** Asks all questions, RD set and without EDNS, and gives the replies in their order. */
export async function askAll(
  server: Endpoint,
  questions: readonly Question[],
  { timeoutMs = 3000, attempts = 3, concurrency = 48, from }: AskOptions = {},
): Promise<Reply[]> {
  const socket = createSocket(isIPv6(server.address) ? "udp6" : "udp4");
  socket.bind(0, from ?? (isIPv6(server.address) ? "::1" : "127.0.0.1"));
  await once(socket, "listening");
  const open = new Map<number, Open>();
  socket.on("message", (bytes) => {
    const message = dnsPacket.decode(bytes);
    const waiting = open.get(message.id ?? -1);
    if (waiting === undefined || message.type !== "response" || !sameQuestion(message, waiting.question)) return;
    waiting.done({
      rcode: (message as Decoded).rcode,
      truncated: message.flag_tc,
      authoritative: message.flag_aa,
      answers: message.answers ?? [],
    });
  });
  // A server that is not there yet answers with ICMP, which is silence like any other.
  socket.on("error", () => {});

  const attempt = (question: Question, id: number): Promise<Reply> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => finish("silence"), timeoutMs);
      const finish = (reply: Reply): void => {
        clearTimeout(timer);
        open.delete(id);
        resolve(reply);
      };
      open.set(id, { question, done: finish });
      const bytes = dnsPacket.encode({ type: "query", id, flags: dnsPacket.RECURSION_DESIRED, questions: [question] });
      socket.send(bytes, server.port, server.address);
    });

  const replies: Reply[] = new Array<Reply>(questions.length).fill("silence");
  let next = 0;
  let nextId = 1;
  const lane = async (): Promise<void> => {
    while (next < questions.length) {
      const at = next++;
      const question = questions[at] as Question;
      for (let tried = 0; tried < attempts && replies[at] === "silence"; tried++) {
        replies[at] = await attempt(question, nextId++ & 0xffff);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, questions.length) }, lane));
  await new Promise<void>((resolve) => socket.close(resolve));
  return replies;
}

/** Asks one question. */
export async function ask(server: Endpoint, question: Question, options: AskOptions = {}): Promise<Reply> {
  const [reply] = await askAll(server, [question], options);
  return reply ?? "silence";
}

/** The serial that a server answers for a zone; undefined where it has none yet. */
export async function askSerial(server: Endpoint, apex: string): Promise<number | undefined> {
  const reply = await ask(server, { name: apex, type: "SOA" }, { timeoutMs: 500, attempts: 1 });
  if (reply === "silence" || reply.rcode !== "NOERROR") return undefined;
  for (const answer of reply.answers) if (answer.type === "SOA") return answer.data.serial;
  return undefined;
}
