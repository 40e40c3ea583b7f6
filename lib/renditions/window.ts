/** The last chunks of a growing stream of bytes, by their positions in it. */
export type Window = {
  /** Where the held chunks begin, and where they end: the total number of bytes pushed. */
  readonly start: number;
  readonly end: number;
  push(chunk: Buffer): void;
  /** Returns the chunks from `position` on, which must be held. */
  from(position: number): Buffer[];
  /** Returns the same as one buffer, of at most `maxBytes` unless the first chunk alone is larger. */
  read(position: number, maxBytes: number): Buffer;
  /** Drops chunks that end at or before `position`, until at most `bytes` are held. */
  trim(position: number, bytes: number): void;
};

type Piece = { readonly offset: number; readonly chunk: Buffer };

export function createWindow(): Window {
  const pieces: Piece[] = [];
  let end = 0;

  function from(position: number): Buffer[] {
    // Usually the last one, so the search starts at the end.
    const first = pieces.findLastIndex(({ offset }) => offset <= position);
    return pieces
      .slice(first)
      .map(({ offset, chunk }) => (offset < position ? chunk.subarray(position - offset) : chunk));
  }

  return {
    get start() {
      return pieces[0]?.offset ?? end;
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
      const stays = ({ offset, chunk }: Piece) => end - offset <= bytes || offset + chunk.length > position;
      while (pieces[0] !== undefined && !stays(pieces[0])) pieces.shift();
    },
  };
}
