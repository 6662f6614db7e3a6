/** The keys of sources whose entries are STIX indicators. */
import { z } from "zod";
import { interval } from "./fetch-schema.ts";

export const stixKeys = {
  collection: z.exactOptional(z.string().min(1).max(200)),
  resync: z.exactOptional(interval),
};

/** Whether a format is that of a source of STIX, by TAXII, by HTTP or by file. */
export function isStixFormat(format: string | undefined): boolean {
  return format === "stix" || format === "taxii";
}
