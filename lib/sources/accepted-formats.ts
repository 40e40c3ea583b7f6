import type { AudioDemuxer, Container } from '#lib/containers/audio-demuxers.ts';
import {
  borneSignature,
  IMAGE_SIGNATURES,
  type ImageKind,
  SIGNATURE_BYTES,
  VIDEO_SIGNATURES,
  type Video,
} from '#lib/containers/signatures.ts';
import { type Sniffed, sniff } from '#lib/containers/sniff.ts';
import { type SubtitlesKind, subtitlesAtStart, TEXT_BYTES } from '#lib/containers/text-sniff.ts';

type ContainerFormat<Name, Demuxer> = {
  /** `unknown` when the first bytes were not recognised. ffmpeg may then try AUDIO_DEMUXERS. */
  readonly container: Name | 'unknown';
  readonly demuxer: Demuxer | undefined;
  /** `last` when the source must be spooled because its demuxer first seeks to the end. */
  readonly index: 'first' | 'last';
};

/** What a source can be opened as, and what is then known about it. */
export type AcceptedFormats = {
  readonly audio: ContainerFormat<Container, AudioDemuxer>;
  /** Everything that is accepted as audio, and further video containers. */
  readonly media: ContainerFormat<Container | Video['container'], AudioDemuxer | Video['demuxer']>;
  readonly image: { readonly image: ImageKind };
  readonly subtitles: { readonly subtitles: SubtitlesKind };
  /** Media, an image or subtitles, whichever the content is. */
  readonly any:
    | ({ readonly kind: 'media' } & ContainerFormat<Container | Video['container'], AudioDemuxer | Video['demuxer']>)
    | { readonly kind: 'image'; readonly image: ImageKind }
    | { readonly kind: 'subtitles'; readonly subtitles: SubtitlesKind };
};

export type Accept = keyof AcceptedFormats;

/** Decides whether a source is accepted by its first bytes. Treats `prefix` and `ended` as `sniff` does. */
export type Recogniser<Format> = (
  prefix: Buffer,
  options: { readonly ended: boolean },
) =>
  | { readonly kind: 'accepted'; readonly format: Format }
  | Extract<Sniffed, { kind: 'refused' | 'tag' | 'need_more' }>;

const UNKNOWN = { container: 'unknown', demuxer: undefined, index: 'first' } as const;

export const RECOGNISERS: { readonly [Kind in Accept]: Recogniser<AcceptedFormats[Kind]> } = {
  audio(prefix, options) {
    const sniffed = sniff(prefix, options);
    if (sniffed.kind !== 'recognised' && sniffed.kind !== 'unrecognised') return sniffed;
    const { container, demuxer, index } = sniffed.kind === 'recognised' ? sniffed : UNKNOWN;
    return { kind: 'accepted', format: { container, demuxer, index } };
  },
  media(prefix, options) {
    const { container, demuxer } = borneSignature(VIDEO_SIGNATURES, prefix) ?? UNKNOWN;
    if (demuxer !== undefined) return { kind: 'accepted', format: { container, demuxer, index: 'first' } };
    const audio = RECOGNISERS.audio(prefix, options);
    return audio.kind === 'refused' ? { ...audio, reason: `${audio.reason}, not audio or video` } : audio;
  },
  image(prefix, { ended }) {
    if (prefix.length < SIGNATURE_BYTES && !ended) return { kind: 'need_more', bytes: SIGNATURE_BYTES };
    const image = borneSignature(IMAGE_SIGNATURES, prefix)?.image;
    if (image === undefined) return { kind: 'refused', reason: 'not a PNG, JPEG, WebP or GIF image' };
    return { kind: 'accepted', format: { image } };
  },
  subtitles(prefix, { ended }) {
    if (prefix.length < TEXT_BYTES && !ended) return { kind: 'need_more', bytes: TEXT_BYTES };
    const subtitles = subtitlesAtStart(prefix);
    if (subtitles === undefined) return { kind: 'refused', reason: 'not SRT, WebVTT or ASS subtitles' };
    return { kind: 'accepted', format: { subtitles } };
  },
  any(prefix, options) {
    const image = RECOGNISERS.image(prefix, options);
    if (image.kind === 'accepted') return { kind: 'accepted', format: { kind: 'image', ...image.format } };
    const subtitles = RECOGNISERS.subtitles(prefix, options);
    if (subtitles.kind === 'need_more') return subtitles;
    if (subtitles.kind === 'accepted') return { kind: 'accepted', format: { kind: 'subtitles', ...subtitles.format } };
    const media = RECOGNISERS.media(prefix, options);
    if (media.kind === 'accepted') return { kind: 'accepted', format: { kind: 'media', ...media.format } };
    return media.kind === 'refused' ? { ...media, reason: `${media.reason}, an image or subtitles` } : media;
  },
};
