/** The keys of sources whose entries are attributes of a MISP. */
import { z } from "zod";
import { warninglistHits } from "../indicator/format/misp.ts";
import { mispTypes } from "../indicator/format/misp-items.ts";
import { interval } from "./fetch-schema.ts";
import { path } from "./fields.ts";
import { intelligenceTriggers } from "./types.ts";

const filter = z.strictObject({
  tags: z.exactOptional(z.array(z.string().min(1).max(255)).min(1)),
  types: z.exactOptional(z.array(z.enum(mispTypes as [string, ...string[]])).min(1)),
});

export const mispKeys = {
  keyFile: z.exactOptional(path),
  keyEnv: z.exactOptional(z.string().min(1)),
  reconcile: z.exactOptional(interval),
  unpublishedGrace: z.exactOptional(interval),
  filter: z.exactOptional(filter),
  triggers: z.exactOptional(z.array(z.enum(intelligenceTriggers)).min(1)),
  warninglistHits: z.exactOptional(z.enum(warninglistHits)),
  theirDecay: z.exactOptional(z.boolean()),
  ownSightings: z.exactOptional(z.array(z.string().min(1).max(255)).min(1)),
};
