/** guards/shared-addresses.txt: ranges of content delivery networks, taken over from the MISP warninglists as they are. */
import { join } from "node:path";
import { mergePrefixes } from "./addresses.mjs";
import { readWarninglist, replaceFile } from "./files.mjs";

/** Which warninglists it holds, each as a section. */
const ranges = { Akamai: "akamai", Cloudflare: "cloudflare", Fastly: "fastly" };

/** Rewrites the CDN ranges, each provider's merged into as few prefixes as hold the same addresses. */
export function writeRanges(folder, checkout) {
  const sections = Object.entries(ranges).map(([provider, list]) => {
    const { version, list: entries } = readWarninglist(checkout, list);
    return { provider, version, prefixes: mergePrefixes(entries) };
  });
  const versions = sections.map(({ provider, version }) => `${provider} ${version}`).join(", ");
  const text = `# Addresses that many sites share: ranges of content delivery networks.
# Class: shared. Each address in a range is guarded, as the warninglists of type cidr mean it.
# Source: the MISP warninglists akamai, cloudflare and fastly (https://github.com/MISP/misp-warninglists),
#   by their versions, which are dates: ${versions}.
# Licence: CC0 1.0 (public domain), as the warninglists are.
# Review: taken over as they are, each provider's ranges merged into as few prefixes as hold the same addresses.
# Refresh: node scripts/refresh-guards.mjs --warninglists DIR.
#
# One prefix a line, each section sorted by address, IPv4 before IPv6.
${sections.map(({ provider, prefixes }) => `\n# ${provider}\n${prefixes.join("\n")}\n`).join("")}`;
  replaceFile(join(folder, "shared-addresses.txt"), text);
}
