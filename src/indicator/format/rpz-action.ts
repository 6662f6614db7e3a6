/** What a policy zone's record does to the name it stands at, as far as a source of indicators is concerned. */
import { parseAddress } from "../../rpz/address.ts";
import { actionTarget } from "../../rpz/label.ts";
import type { RejectReason } from "../rejects.ts";
import { isNullAddress } from "./hosts.ts";

export type RpzAction = "block" | "except";

/**
 * The meaning of a record. `target` is the first field of its data in lower case; `self` are the ways to write the owner,
 * which as a target is the old form of passthru.
 */
export function rpzActionOf(
  type: string,
  target: string,
  fields: number,
  self: readonly string[],
): RpzAction | RejectReason {
  if (type === "A" || type === "AAAA") {
    const address = parseAddress(target);
    if (address === undefined || fields !== 1) return "bad-syntax";
    return isNullAddress(address) ? "block" : "maps-address";
  }
  if (type !== "CNAME") return "unsupported-trigger";
  if (fields !== 1) return "bad-syntax";
  if (self.includes(target)) return "except";
  switch (target) {
    case ".":
    case `${actionTarget.nodata}.`:
    case `${actionTarget.drop}.`:
      return "block";
    // Without its final dot it is no passthru to a resolver, and yet cannot have been meant as anything else.
    case `${actionTarget.passthru}.`:
    case actionTarget.passthru:
      return "except";
    // It makes a client ask again, it blocks nothing.
    case `${actionTarget.tcpOnly}.`:
      return "unsupported-rule";
    default:
      return "maps-address";
  }
}
