import { LAST_PAGE, type NewOggPage, NO_GRANULE, writeOggPage } from '#lib/containers/ogg-page.ts';
import { type Joiner, notOf } from './joiner.ts';
import { readWholePage, type WholePage } from './ogg-page.ts';

const NOTHING = Buffer.alloc(0);
/** The clock rate of Opus in Ogg, independent of the input's sample rate, Hz (RFC 7845, 4). */
const GRANULES_PER_SECOND = 48_000;
/** The first two packets, each on its own page. */
const HEADERS = ['OpusHead', 'OpusTags'];
const HEADER_PAGES = HEADERS.length;

/**
 * Joins Opus in Ogg with packets of `unitMs` each: one logical stream of the packets of all encoders, with the headers
 * of the first encoder, consecutive page numbers and continuous time.
 */
export function createOggOpusJoiner(unitMs: number, serial: number): Joiner {
  const unitGranules = BigInt((GRANULES_PER_SECOND * unitMs) / 1_000);
  let given = 0;
  let drop = 0;
  let offset = 0n;
  let rest: Buffer = NOTHING;
  let headersLeft = 0;
  let sequence = 0;
  let granule = 0n;
  let isComplete = false;

  function write({ flags, granule, packets }: Omit<NewOggPage, 'serial' | 'sequence'>): Buffer {
    const written = writeOggPage({ flags, granule, packets, serial, sequence });
    sequence += 1;
    return written;
  }

  /** Returns a header once: those of later encoders are dropped. */
  function header(page: WholePage): Buffer {
    const index = HEADER_PAGES - headersLeft;
    headersLeft -= 1;
    if (!page.packets[0]?.toString('latin1', 0, 8).startsWith(HEADERS[index] ?? '')) throw notOf('Opus in Ogg');
    if (index < sequence) return NOTHING;
    return write(page);
  }

  function audio({ flags, granule: pageGranule, packets }: WholePage): Buffer {
    const kept = packets.slice(drop);
    drop -= packets.length - kept.length;
    given += kept.length;
    isComplete = (flags & LAST_PAGE) !== 0;
    if (kept.length === 0) return isComplete ? lastPage() : NOTHING;
    // Two encoders may end a stretched source at different lengths; the time must not go back.
    const own = pageGranule + offset;
    granule = own > granule ? own : granule;
    return write({ flags: flags & LAST_PAGE, granule, packets: kept });
  }

  /** An empty last page, since all packets have been returned before. */
  function lastPage(): Buffer {
    return write({ flags: LAST_PAGE, granule: NO_GRANULE, packets: [] });
  }

  return {
    given: () => given,
    isWhole: () => rest.length === 0,
    isComplete: () => isComplete,
    begin(leg) {
      drop = leg.drop;
      offset = BigInt(leg.atUnit) * unitGranules;
      rest = NOTHING;
      headersLeft = HEADER_PAGES;
    },
    push(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const pages: Buffer[] = [];
      let at = 0;
      for (let page = readWholePage(bytes, at); page !== undefined; page = readWholePage(bytes, at)) {
        at = page.end;
        pages.push(headersLeft > 0 ? header(page) : audio(page));
      }
      rest = bytes.subarray(at);
      return Buffer.concat(pages);
    },
    end() {
      if (isComplete || sequence < HEADER_PAGES) return NOTHING;
      isComplete = true;
      return lastPage();
    },
  };
}
