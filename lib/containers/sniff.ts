import { type AudioDemuxer, CONTAINER_DEMUXERS, type Container } from './audio-demuxers.ts';
import { cafIndex } from './caf-index.ts';
import { framesAnywhere, framesAtStart } from './frame-sync.ts';
import { id3TagBytes } from './id3-tag.ts';
import { mp4Layout } from './mp4-index.ts';
import { AUDIO_SIGNATURES, borneSignature, REFUSED_SIGNATURES, SIGNATURE_BYTES } from './signatures.ts';
import { textAtStart } from './text-sniff.ts';

/** What the first bytes of a source show. */
export type Sniffed =
  | {
      readonly kind: 'recognised';
      readonly container: Container;
      readonly demuxer: AudioDemuxer;
      /** `last` when the demuxer must seek to the end before it can read, so a pipe does not work. */
      readonly index: 'first' | 'last';
    }
  /** Definitely not audio. `reason` completes "the source is …". */
  | { readonly kind: 'refused'; readonly reason: string }
  /** A metadata tag of `bytes` bytes comes first. Skip it and call again with what follows. */
  | { readonly kind: 'tag'; readonly bytes: number }
  /** Undecided: ffmpeg may try its demuxers. */
  | { readonly kind: 'unrecognised' }
  /** Call again with at least `bytes` bytes, or with `ended`. */
  | { readonly kind: 'need_more'; readonly bytes: number };

/** Bytes in which audio frames are searched before a source counts as unrecognised. */
const SEARCH_BYTES = 64 * 1024;

/** Recognises a source by its first bytes. `ended` means that `prefix` is the whole source; never `need_more` then. */
export function sniff(prefix: Buffer, { ended }: { readonly ended: boolean }): Sniffed {
  if (prefix.length < SIGNATURE_BYTES && !ended) return { kind: 'need_more', bytes: SIGNATURE_BYTES };
  if (prefix.length === 0) return { kind: 'refused', reason: 'empty' };
  const tagBytes = id3TagBytes(prefix);
  if (tagBytes !== undefined) return { kind: 'tag', bytes: tagBytes };
  for (const step of STEPS) {
    const sniffed = step(prefix, ended);
    if (sniffed) return sniffed;
  }
  return { kind: 'unrecognised' };
}

type Step = (prefix: Buffer, ended: boolean) => Sniffed | undefined;

/** From certain signs to a search. The first step with a result decides. */
const STEPS: readonly Step[] = [bySignature, byBoxes, byFrames, byRefusal, byText, bySearch];

function bySignature(prefix: Buffer, ended: boolean): Sniffed | undefined {
  const container = borneSignature(AUDIO_SIGNATURES, prefix)?.container;
  if (container === undefined) return undefined;
  if (container !== 'caf') return recognised(container);
  const index = cafIndex(prefix, ended);
  return typeof index === 'string' ? recognised('caf', index) : { kind: 'need_more', bytes: index.needed };
}

function byBoxes(prefix: Buffer, ended: boolean): Sniffed | undefined {
  const layout = mp4Layout(prefix, ended);
  if (layout.kind === 'need_more') return layout;
  if (layout.kind === 'image') return { kind: 'refused', reason: 'an image' };
  return layout.kind === 'mp4' ? recognised('mp4', layout.index) : undefined;
}

function byFrames(prefix: Buffer, ended: boolean): Sniffed | undefined {
  const match = framesAtStart(prefix, ended);
  if (match.kind === 'need_more') return match;
  return match.kind === 'found' ? recognised(match.container) : undefined;
}

function byRefusal(prefix: Buffer): Sniffed | undefined {
  const reason = borneSignature(REFUSED_SIGNATURES, prefix)?.reason;
  return reason === undefined ? undefined : { kind: 'refused', reason };
}

function byText(prefix: Buffer, ended: boolean): Sniffed | undefined {
  const match = textAtStart(prefix, ended);
  if (match.kind === 'need_more') return match;
  return match.kind === 'text' ? { kind: 'refused', reason: match.reason } : undefined;
}

function bySearch(prefix: Buffer, ended: boolean): Sniffed | undefined {
  if (prefix.length < SEARCH_BYTES && !ended) return { kind: 'need_more', bytes: SEARCH_BYTES };
  const match = framesAnywhere(prefix.subarray(0, SEARCH_BYTES));
  return match.kind === 'found' ? recognised(match.container) : undefined;
}

function recognised(container: Container, index: 'first' | 'last' = 'first'): Sniffed {
  return { kind: 'recognised', container, demuxer: CONTAINER_DEMUXERS[container], index };
}
