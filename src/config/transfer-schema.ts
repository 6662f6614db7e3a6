/** The keys of a policy zone that is fetched from its primaries by AXFR and IXFR. */
import { z } from "zod";
import { apex, hostName, keyName, listen, path } from "./fields.ts";

/** An address with its port. */
const primary = listen.refine(({ port }) => port > 0, { error: "has the port 0, which no primary listens on" });

const tls = z.strictObject({
  caFile: z.exactOptional(path),
  name: z.exactOptional(hostName),
  certificateFile: z.exactOptional(path),
  privateKeyFile: z.exactOptional(path),
});

export const transferKeys = {
  primary: z.exactOptional(
    z.preprocess((value) => (typeof value === "string" ? [value] : value), z.array(primary).min(1).max(16)),
  ),
  apex: z.exactOptional(apex),
  key: z.exactOptional(keyName),
  tls: z.exactOptional(tls),
};
