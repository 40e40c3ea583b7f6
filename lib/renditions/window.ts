/** The last pieces of something that grows, by their positions in it, bytes. */
export type Window = {
  /** Where the held pieces begin, and where they end: after all there has been. */
  readonly start: number;
  readonly end: number;
  push(chunk: Buffer): void;
  /** The pieces from `position` on, which must be held. */
  from(position: number): Buffer[];
  /** The same as one, at most `maxBytes` unless its first piece alone has more. */
  read(position: number, maxBytes: number): Buffer;
  /** Drops pieces that end at `position` or before, until no more than `bytes` are held. */
  trim(position: number, bytes: number): void;
};

type Piece = { readonly offset: number; readonly chunk: Buffer };

export function createWindow(): Window {
  const pieces: Piece[] = [];
  let end = 0;

  function from(position: number): Buffer[] {
    // Mostly the last one.
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
