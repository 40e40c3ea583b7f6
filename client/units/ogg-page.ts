import { CONTINUED_PAGE, OGG_CAPTURE, type OggPage, packetPieces, readOggPage } from '#lib/containers/ogg-page.ts';

/** A page with its packets, none of which continues in another page. */
export type WholePage = Pick<OggPage, 'flags' | 'granule' | 'serial' | 'end'> & { readonly packets: readonly Buffer[] };

/** Returns the page at an offset; undefined while not all of it is there. Throws an Error when there is none. */
export function readWholePage(bytes: Buffer, at: number): WholePage | undefined {
  // Anything else is recognised at once, however short it is.
  if (!OGG_CAPTURE.startsWith(bytes.toString('latin1', at, at + OGG_CAPTURE.length))) throw notOgg();
  const page = readOggPage(bytes, at);
  if (page === undefined) return undefined;
  const pieces = packetPieces(bytes, page);
  if ((page.flags & CONTINUED_PAGE) !== 0 || pieces.some(({ isLast }) => !isLast)) throw notOgg();
  return { ...page, packets: pieces.map((piece) => piece.bytes) };
}

function notOgg(): Error {
  return new Error('that is no Ogg whose packets are each in one page');
}
