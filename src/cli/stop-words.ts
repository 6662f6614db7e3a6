/** Words for what keeps an entry from blocking. */
import type { Stop } from "../mill/outcome.ts";

export function stopInWords({ by, source, matched, reason }: Stop): string {
  switch (by) {
    case "allow":
      return `the allow list ${source} holds ${matched}`;
    case "exception":
      return `${source} itself exempts ${matched}`;
    case "public-suffix":
      return `${matched} is a public suffix, or holds one, under which many others have their names`;
    case "guard":
      return `a guard stops ${matched}`;
    case "take":
      return `${source} lists ${matched}, which the zone does not take for its ${reason}`;
  }
}
