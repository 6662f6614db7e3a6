/**
 * Seeded names for benchmarks: made-up labels of letters with digits and hyphens now and then, half of them under com,
 * three in ten with three labels, one in ten beneath a name that is in the list already. Equal arguments give equal files.
 */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

const topLevels = [
  "net",
  "org",
  "info",
  "xyz",
  "top",
  "ru",
  "de",
  "cn",
  "shop",
  "online",
  "site",
  "nl",
  "co.uk",
  "com.br",
];
const syllables =
  "ba be bi bo bu ca ce co cu da de di do du fa fe fi fo ga ge go gu ha he hi ho in is ka ke ki ko la le li lo lu ma me mi mo na ne ni no on or pa pe pi po ra re ri ro ru sa se si so st ta te ti to tr un us va ve vi vo wa we xo ya yo za ze".split(
    " ",
  );
const hosts = ["www", "mail", "login", "secure", "cdn", "app", "web", "update", "m", "static", "portal", "account"];

/** Marsaglia's xorshift32. */
function generator(seed) {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** Yields `count` names. */
export function* names(count, seed = 1) {
  const random = generator(seed);
  const label = () => {
    let text = "";
    for (let left = 3 + random(4); left > 0; left--) text += syllables[random(syllables.length)];
    const kind = random(10);
    if (kind === 0) text += random(1000);
    else if (kind === 1) text = `${text.slice(0, 4)}-${text.slice(4)}`;
    return text;
  };
  const listed = [];
  for (let i = 0; i < count; i++) {
    const kind = random(10);
    if (kind === 0 && listed.length > 0) {
      yield `${hosts[random(hosts.length)]}${random(100)}.${listed[random(listed.length)]}`;
      continue;
    }
    const top = random(2) === 0 ? "com" : topLevels[random(topLevels.length)];
    const registered = `${label()}${random(3) === 0 ? random(10) : ""}.${top}`;
    const name = kind <= 3 ? `${random(2) === 0 ? hosts[random(hosts.length)] : label()}.${registered}` : registered;
    if (listed.length < 100_000) listed.push(name);
    else if (random(20) === 0) listed[random(listed.length)] = name;
    yield name;
  }
}

/** Writes a hosts file of `count` names. */
export function writeHosts(file, count, seed = 1) {
  const handle = openSync(file, "w");
  let text = "# made up\n127.0.0.1 localhost\n";
  for (const name of names(count, seed)) {
    text += `0.0.0.0 ${name}\n`;
    if (text.length > 1 << 20) {
      writeSync(handle, text);
      text = "";
    }
  }
  writeSync(handle, text);
  closeSync(handle);
}

/** Copies a hosts file with `count` of its lines, evenly spread, replaced by lines with other names. */
export function replaceNames(from, to, count, seed) {
  const octets = readFileSync(from);
  const handle = openSync(to, "w");
  let copied = 0;
  let index = 0;
  for (const name of names(count, seed)) {
    // Not in the first part, where the header is.
    const start = octets.indexOf(10, Math.floor(((index + 0.5) * octets.length) / count)) + 1;
    if (start === 0 || start === octets.length) throw new RangeError(`${from} is too short to replace ${count} lines`);
    writeSync(handle, octets.subarray(copied, start));
    writeSync(handle, `0.0.0.0 ${name}\n`);
    copied = octets.indexOf(10, start) + 1;
    index += 1;
  }
  writeSync(handle, octets.subarray(copied));
  closeSync(handle);
}
