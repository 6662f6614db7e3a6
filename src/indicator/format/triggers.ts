/**
 * Puts the entries of a list in the sections of their triggers, once the list has ended. Parsers read names and addresses
 * as those of qname and response-ip rules; what a source's configuration or a row says otherwise comes here, so that reading
 * a plain list costs nothing for it.
 */
import { keyToText } from "../../dns/name.ts";
import { addressKey, type Prefix, prefixFault, prefixOfKey, prefixToText } from "../../rpz/address.ts";
import { type AddressTrigger, isAddressTrigger, type NameTrigger, type RuleTrigger } from "../../rpz/label.ts";
import { keyInSection, triggerOfKey } from "../../rpz/section.ts";
import { type Collector, entryKeyBytesMax } from "../entry/collector.ts";
import type { RejectReason, Rejects } from "../rejects.ts";
import type { Reading } from "../role.ts";
import type { Parser, Refusal } from "./line-parser.ts";

/** What the names and the addresses of a list are compared with, where a row does not say. */
export interface ListTriggers {
  readonly names: NameTrigger;
  readonly addresses: AddressTrigger;
}

/** What plain lists are of. */
export const listTriggersDefault: ListTriggers = { names: "qname", addresses: "response-ip" };

/** A parser whose entries go to the sections of their triggers at its end. */
export class TriggerParser implements Parser {
  readonly #parser: Parser;
  readonly #collector: Collector;
  readonly #rejects: Rejects;
  readonly #triggers: ListTriggers;
  readonly #reading: Reading;
  cutKeys: readonly Uint8Array[] = [];

  constructor(parser: Parser, collector: Collector, rejects: Rejects, triggers: ListTriggers, reading: Reading) {
    this.#parser = parser;
    this.#collector = collector;
    this.#rejects = rejects;
    this.#triggers = triggers;
    this.#reading = reading;
  }

  get lines(): number {
    return this.#parser.lines;
  }

  get isCutShort(): boolean {
    return this.#parser.isCutShort ?? false;
  }

  get refusal(): Refusal | undefined {
    return this.#parser.refusal;
  }

  get bindsLines(): boolean {
    return this.#parser.bindsLines ?? false;
  }

  write(chunk: Uint8Array): void {
    this.#parser.write(chunk);
  }

  end(): void {
    this.#parser.end();
    const { reports } = this.#collector;
    const moved = (key: Uint8Array, stated?: RuleTrigger): Uint8Array | Fault => this.#keyFor(key, stated);
    this.#collector.replaceKeys((entry, key) => {
      const other = moved(key, reports?.triggerOf(entry));
      if (other instanceof Uint8Array) return other;
      this.#rejects.addNames(other.reason, 1, [other.shown]);
      return undefined;
    });
    this.cutKeys = (this.#parser.cutKeys ?? []).flatMap((key) => {
      const other = moved(key);
      return other instanceof Uint8Array ? [other] : [];
    });
  }

  #keyFor(key: Uint8Array, stated: RuleTrigger | undefined): Uint8Array | Fault {
    const prefix = prefixOfKey(key);
    if (prefix !== undefined) return this.#addressFor(prefix, stated ?? this.#triggers.addresses);
    // A rule of a policy zone that has its trigger already.
    if (triggerOfKey(key) !== "qname") return key.slice();
    const trigger = stated ?? this.#triggers.names;
    if (isAddressTrigger(trigger)) return wrongTrigger(trigger, "addresses", keyToText(key));
    const other = keyInSection(trigger, key);
    return other.length > entryKeyBytesMax ? { reason: "name-too-long", shown: keyToText(key) } : other;
  }

  #addressFor(prefix: Prefix, trigger: RuleTrigger): Uint8Array | Fault {
    if (!isAddressTrigger(trigger)) return wrongTrigger(trigger, "names", prefixToText(prefix));
    const fault = this.#reading === "any-trigger" ? prefixFault(prefix, trigger) : undefined;
    return fault === undefined ? addressKey(prefix, trigger) : { reason: fault, shown: prefixToText(prefix) };
  }
}

/** Why an entry is none, and what is shown of it. */
interface Fault {
  readonly reason: RejectReason;
  readonly shown: string;
}

function wrongTrigger(trigger: RuleTrigger, isFor: "names" | "addresses", item: string): Fault {
  return { reason: "wrong-trigger", shown: `trigger ${trigger} is for ${isFor}; ${item}` };
}
