/** The zones of a configuration that are fetched from primaries, as the server needs them to take NOTIFY. */
import { equalBytes } from "../base/bytes.ts";
import { indicatorListsOf } from "../config/source-kinds.ts";
import type { Config } from "../config/types.ts";
import { nameFromText } from "../dns/name.ts";
import type { NotifiedZone, NotifyTaker } from "../xfr/notify.ts";

interface FetchedZone extends NotifiedZone {
  /** The name of the list's snapshots. */
  readonly name: string;
}

export class NotifiedZones implements NotifyTaker {
  readonly #onNotify: (name: string) => void;
  #zones: readonly FetchedZone[] = [];

  constructor(onNotify: (name: string) => void) {
    this.#onNotify = onNotify;
  }

  configure(config: Pick<Config, "sources" | "allow">): void {
    this.#zones = indicatorListsOf(config).flatMap(({ id, fetch }) => {
      if (fetch?.kind !== "transfer") return [];
      const acl = fetch.primaries.map(({ address }) => ({ address }));
      return [{ name: id, apex: nameFromText(fetch.apex), acl }];
    });
  }

  zones(): readonly NotifiedZone[] {
    return this.#zones;
  }

  notified(apex: Uint8Array): void {
    for (const zone of this.#zones) if (equalBytes(zone.apex, apex)) this.#onNotify(zone.name);
  }
}
