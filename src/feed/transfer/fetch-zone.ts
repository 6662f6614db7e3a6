/**
 * Fetches a policy zone from its primaries: the first that answers well has the word. Asks what serial there is, then for the
 * differences from the one of the copy, and for the whole zone where there are none or they do not fit.
 */
import { nameFromText } from "../../dns/name.ts";
import { compareSerials, type Serial } from "../../dns/serial.ts";
import { prepareKey } from "../../dns/tsig.ts";
import { Changes } from "../../transfer/changes.ts";
import { DamagedCopyError } from "../../transfer/copy-lines.ts";
import { TransferFault } from "../../transfer/fault.ts";
import type { Soa } from "../../transfer/request.ts";
import { querySoa } from "../../transfer/soa-query.ts";
import { openTransfer, type Primary, type TransferOptions } from "../../transfer/transfer.ts";
import type { CopyFacts } from "../fetch/copy-state.ts";
import { keepAs } from "../fetch/copy-writer.ts";
import { FetchFailure } from "../fetch/failure.ts";
import type { TransferTask } from "../fetch/task.ts";
import type { Fetched, FetchTools } from "../fetch/tools.ts";
import { RunFiles } from "./run-files.ts";
import { marksOf, soaOf, writeChanged, writeWhole } from "./zone-copy.ts";

/** A datagram that is not answered by then is lost. */
const soaWaitMs = 1000;

/** @throws FetchFailure where no primary gave the zone; what the last one did */
export async function fetchZone(task: TransferTask, known: CopyFacts | undefined, tools: FetchTools): Promise<Fetched> {
  return await tools.retrying(async () => {
    let failure: unknown;
    for (const { address, port } of task.primaries) {
      try {
        return await new ZoneFetch(task, primaryOf(task, address, port), known, tools).run();
      } catch (thrown) {
        failure = asFailure(thrown);
        tools.signal.throwIfAborted();
      }
    }
    throw failure;
  });
}

function primaryOf({ key, tls }: TransferTask, address: string, port: number): Primary {
  return {
    address,
    port,
    ...(key === undefined ? {} : { key: prepareKey({ ...key, secret: Buffer.from(key.secret, "base64") }) }),
    ...(tls === undefined ? {} : { tls }),
  };
}

function asFailure(thrown: unknown): unknown {
  if (!(thrown instanceof TransferFault)) return thrown;
  return new FetchFailure(thrown.message, thrown.remedy, { isTransient: thrown.isTransient });
}

class ZoneFetch {
  readonly #task: TransferTask;
  readonly #primary: Primary;
  readonly #known: CopyFacts | undefined;
  readonly #tools: FetchTools;
  readonly #changes = new Changes();
  readonly #runs: RunFiles;

  constructor(task: TransferTask, primary: Primary, known: CopyFacts | undefined, tools: FetchTools) {
    this.#task = task;
    this.#primary = primary;
    this.#known = known;
    this.#tools = tools;
    this.#runs = new RunFiles(task.file);
  }

  async run(): Promise<Fetched> {
    const have = soaOf(this.#known)?.serial;
    const isForced = this.#tools.mode === "force";
    if (have === undefined || isForced) return await this.#transfer(undefined, isForced ? undefined : have);
    // Over TLS the same connection that asks brings the answer.
    if (this.#primary.tls === undefined) {
      const soa = await this.#askSoa();
      if (soa !== undefined && compareSerials(soa.serial, have) === 0) return this.#nothingNew(soa);
    }
    try {
      return await this.#transfer(have, have);
    } catch (thrown) {
      const needsWhole = thrown instanceof DamagedCopyError || (thrown instanceof TransferFault && thrown.needsWhole);
      if (!needsWhole || this.#tools.signal.aborted) throw thrown;
      this.#changes.clear();
      return await this.#transfer(undefined, have);
    }
  }

  #askSoa(): Promise<Soa | undefined> {
    const { address, port, key } = this.#primary;
    const { apex, apexWire, clock, signal } = this.#asked;
    return querySoa({ address, port, key, apex, apexWire, waitMs: soaWaitMs, clock, signal });
  }

  get #asked(): Pick<TransferOptions, "apex" | "apexWire" | "clock" | "signal"> {
    const { apex } = this.#task;
    const { signal } = this.#tools;
    return { apex, apexWire: nameFromText(apex), clock: this.#tools, signal };
  }

  #nothingNew(soa: Soa): Fetched {
    const copy = this.#known as CopyFacts;
    return { kind: "not-modified", copy: { ...copy, checkedAt: this.#tools.now(), marks: marksOf(soa) } };
  }

  /** Asks for the differences from `have`, or the whole zone, whose serial may not be before `newest`. */
  async #transfer(have: Serial | undefined, newest: Serial | undefined): Promise<Fetched> {
    const task = this.#task;
    const { connectMs, stallMs } = this.#tools.timeouts;
    const bounds = { connectMs, stallMs, bytesMax: task.fetchedBytesMax };
    const opened = await openTransfer({ ...this.#asked, primary: this.#primary, have, newest, bounds });
    if (opened.kind === "nothing-new") return this.#nothingNew(opened.soa);
    const { transfer, soa } = opened;
    try {
      const write = opened.kind === "whole" ? writeWhole : writeChanged;
      const written = await write(task, transfer, this.#changes, this.#runs);
      return await keepAs(written, this.#known, this.#tools.now(), { marks: marksOf(soa) });
    } finally {
      transfer.close();
      this.#runs.discard();
      this.#tools.onBytes(transfer.bytes);
    }
  }
}
