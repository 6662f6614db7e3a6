/** Output that may have millions of lines, a chunk at a time. */

/** Characters that are gathered before they are written. */
export const chunkChars: number = 64 * 1024;

/** Writes texts one after the other, and gives how many there were. */
export function writeInChunks(write: (text: string) => void, texts: Iterable<string>): number {
  let gathered = "";
  let count = 0;
  for (const text of texts) {
    gathered += text;
    count += 1;
    if (gathered.length < chunkChars) continue;
    write(gathered);
    gathered = "";
  }
  write(gathered);
  return count;
}
