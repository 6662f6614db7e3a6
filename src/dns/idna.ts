/**
 * Internationalised names in ASCII form (UTS 46, non-transitional, as browsers read names). It is for names that people
 * and lists write; a name from the wire is octets and needs none of this.
 */
import { createRequire } from "node:module";

/** The dots that IDNA reads as separators of labels (RFC 3490 3.1). */
const dots = /[.\u3002\uFF0E\uFF61]/;
const plainLabel = /^[\x00-\x7f]*$/;

/**
 * A name in lower-case A-label form, with every dot it has; undefined where IDNA forbids it.
 *
 * Labels of ASCII are taken as the octets they are, so that what is legal in DNS though no valid IDNA (`xn--29s7inly9ib`)
 * stays what a resolver would look for. Only `xn--` with nothing behind it is refused: no registry lets it be.
 */
export function nameToAscii(name: string): string | undefined {
  const labels: string[] = [];
  for (const label of name.split(dots)) {
    const ascii = plainLabel.test(label) ? label.toLowerCase() : labelToAscii(label);
    if (ascii === undefined || ascii === "xn--") return undefined;
    labels.push(ascii);
  }
  return labels.join(".");
}

const require = createRequire(import.meta.url);

/** Bidi, joiners and code points are checked; hyphens and lengths are DNS's own matter (UTS 46 4.2). */
function labelToAscii(label: string): string | undefined {
  // Its tables take 8 ms to load, which a process that meets no such name need not spend.
  const { toASCII } = require("tr46") as typeof import("tr46");
  return toASCII(label, { checkBidi: true, checkJoiners: true }) ?? undefined;
}
