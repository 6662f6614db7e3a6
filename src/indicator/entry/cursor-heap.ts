/** Walks several sorted streams of entries as one: a heap of cursors with the one at the least key on top. */
import { compareCursors, type EntryCursor } from "./block.ts";

export class CursorHeap {
  readonly #cursors: readonly EntryCursor[];
  /** Numbers of the cursors that have entries left. */
  readonly #heap: number[] = [];

  /** `restart()` comes first. */
  constructor(cursors: readonly EntryCursor[]) {
    this.#cursors = cursors;
  }

  /** The number of the cursor at the least key; -1 where none has entries left. */
  get least(): number {
    return this.#heap.length === 0 ? -1 : (this.#heap[0] as number);
  }

  /** Puts the cursors in order wherever they are. */
  restart(): void {
    const heap = this.#heap;
    heap.length = 0;
    this.#cursors.forEach((cursor, i) => {
      if (cursor.live) heap.push(i);
    });
    for (let at = (heap.length >> 1) - 1; at >= 0; at--) this.#sift(at);
  }

  /** Restores the order after the cursor at the least key has moved on. */
  settle(): void {
    const heap = this.#heap;
    if (!(this.#cursors[heap[0] as number] as EntryCursor).live) {
      const last = heap.pop() as number;
      if (heap.length > 0) heap[0] = last;
    }
    if (heap.length > 1) this.#sift(0);
  }

  /** Restores the order downwards from `at`. */
  #sift(at: number): void {
    const heap = this.#heap;
    const moved = heap[at] as number;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#isLess(heap[child + 1] as number, heap[child] as number)) child += 1;
      if (!this.#isLess(heap[child] as number, moved)) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = moved;
  }

  #isLess(a: number, b: number): boolean {
    return compareCursors(this.#cursors[a] as EntryCursor, this.#cursors[b] as EntryCursor) < 0;
  }
}
