/** The keys of sources whose entries are STIX indicators. */
import { z } from "zod";
import { interval } from "./fetch-schema.ts";

export const stixKeys = {
  collection: z.exactOptional(z.string().min(1).max(200)),
  resync: z.exactOptional(interval),
};
