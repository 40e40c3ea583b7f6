/** The last pieces of something that grows, with their places in it, bytes. */
export type Window = {
  /** Where what is held begins, and where it ends: behind all there has been. */
  readonly start: number;
  readonly end: number;
  push(chunk: Buffer): void;
  /** The pieces from this place on; it must lie within what is held. */
  from(position: number): Buffer[];
  /** The same as one, at most so many bytes of it unless its first piece alone has more. */
  read(position: number, maxBytes: number): Buffer;
  /** Drops pieces that end at `position` or before, until no more than so many bytes are held. */
  trim(position: number, bytes: number): void;
};

export function createWindow(): Window {
  const pieces: { readonly offset: number; readonly chunk: Buffer }[] = [];
  let end = 0;

  const startOf = (): number => pieces[0]?.offset ?? end;

  function from(position: number): Buffer[] {
    // Mostly the last one.
    const first = pieces.findLastIndex(({ offset }) => offset <= position);
    return pieces
      .slice(first)
      .map(({ offset, chunk }) => (offset < position ? chunk.subarray(position - offset) : chunk));
  }

  return {
    get start() {
      return startOf();
    },
    get end() {
      return end;
    },
    push(chunk) {
      pieces.push({ offset: end, chunk });
      end += chunk.length;
    },
    from,
    read(position, maxBytes) {
      const [first = Buffer.alloc(0), ...others] = from(position);
      if (first.length >= maxBytes || others.length === 0) return first;
      return Buffer.concat([first, ...others], Math.min(maxBytes, end - position));
    },
    trim(position, bytes) {
      for (;;) {
        const [first] = pieces;
        if (first === undefined || end - first.offset <= bytes || first.offset + first.chunk.length > position) return;
        pieces.shift();
      }
    },
  };
}
