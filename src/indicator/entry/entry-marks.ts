/** What a parser has to remember of some of its entries until the list ends: a few bits and a line for each. */

export class EntryMarks {
  size = 0;
  #entries = new Uint32Array(16);
  #lines = new Uint32Array(16);
  #bits = new Uint8Array(16);

  /** Marks an entry with bits (1..255); entries come in strictly ascending order. */
  add(entry: number, bits: number, line: number): void {
    if (this.size === this.#bits.length) {
      const [entries, lines, bits] = [this.#entries, this.#lines, this.#bits];
      this.#entries = new Uint32Array(2 * this.size);
      this.#lines = new Uint32Array(2 * this.size);
      this.#bits = new Uint8Array(2 * this.size);
      this.#entries.set(entries);
      this.#lines.set(lines);
      this.#bits.set(bits);
    }
    this.#entries[this.size] = entry;
    this.#lines[this.size] = line;
    this.#bits[this.size] = bits;
    this.size += 1;
  }

  /** The bits of an entry; 0 where it has no mark. */
  bitsOf(entry: number): number {
    const at = this.#find(entry);
    return at === -1 ? 0 : (this.#bits[at] as number);
  }

  /** The line of a marked entry; 0 where it has no mark. */
  lineOf(entry: number): number {
    const at = this.#find(entry);
    return at === -1 ? 0 : (this.#lines[at] as number);
  }

  /** Calls `visit` with the number and the bits of each marked entry. */
  forEach(visit: (entry: number, bits: number) => void): void {
    for (let at = 0; at < this.size; at++) visit(this.#entries[at] as number, this.#bits[at] as number);
  }

  /** Drops the marks of all entries from number `count` on. */
  truncate(count: number): void {
    while (this.size > 0 && (this.#entries[this.size - 1] as number) >= count) this.size -= 1;
  }

  #find(entry: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle] as number) < entry) low = middle + 1;
      else high = middle;
    }
    return low < this.size && this.#entries[low] === entry ? low : -1;
  }
}
