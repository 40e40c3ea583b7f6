import { CONTINUED_PAGE, OGG_CAPTURE, type OggPage, packetPieces, readOggPage } from '#lib/containers/ogg-page.ts';

/** A page with its packets, none of which continues on another page. */
export type WholePage = Pick<OggPage, 'flags' | 'granule' | 'serial' | 'end'> & { readonly packets: readonly Buffer[] };

/** Returns the page at an offset; undefined until it is complete. Throws an Error for another format. */
export function readWholePage(bytes: Buffer, at: number): WholePage | undefined {
  // Rejects another format at its first byte.
  if (!OGG_CAPTURE.startsWith(bytes.toString('latin1', at, at + OGG_CAPTURE.length))) throw notOgg();
  const page = readOggPage(bytes, at);
  if (page === undefined) return undefined;
  const pieces = packetPieces(bytes, page);
  if ((page.flags & CONTINUED_PAGE) !== 0 || pieces.some(({ isLast }) => !isLast)) throw notOgg();
  return { ...page, packets: pieces.map((piece) => piece.bytes) };
}

function notOgg(): Error {
  return new Error('the stream is not Ogg with each packet on one page');
}
