import { audioProfile, audioProfileArguments, type QualityPreset } from '#lib/profiles/audio.ts';

/** One way to encode: options that follow a profile's own. */
export type Variant = {
  readonly name: string;
  readonly options: readonly string[];
  /** A share of the preset's bitrate; 1 by default. */
  readonly share?: number;
};

export type CodecVariants = {
  /** The encoder's best, with which the others are compared. */
  readonly reference: Variant;
  readonly others: readonly Variant[];
};

const opusLevel = (level: number, share = 1): Variant => ({
  name: `complexity ${level}${share === 1 ? '' : `, ${share} of the bitrate`}`,
  options: ['-compression_level', String(level)],
  share,
});

const aacCoder = (name: string, coder: string, ...options: string[]): Variant => ({
  name,
  options: ['-aac_coder', coder, ...options],
});

export const VARIANTS: Readonly<Record<'opus' | 'aac', CodecVariants>> = {
  opus: {
    reference: opusLevel(10),
    others: [
      ...[9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((level) => opusLevel(level)),
      // The savings of a lower complexity may be spent on bits.
      ...[1.04, 1.08].map((share) => opusLevel(5, share)),
    ],
  },
  aac: {
    reference: aacCoder('twoloop', 'twoloop'),
    others: [
      aacCoder('twoloop, no TNS', 'twoloop', '-aac_tns', '0'),
      aacCoder('twoloop, no PNS', 'twoloop', '-aac_pns', '0'),
      aacCoder('fast', 'fast'),
      aacCoder('fast, no TNS', 'fast', '-aac_tns', '0'),
      aacCoder('fast, no PNS', 'fast', '-aac_pns', '0'),
      aacCoder('fast, no TNS, no PNS', 'fast', '-aac_tns', '0', '-aac_pns', '0'),
    ],
  },
};

/** Presets encode stereo at 48 kHz here. */
const SOUND = { sampleRate: 48_000, channels: 2, bitrate: undefined } as const;

/** Returns ffmpeg's output options of a preset. Ogg pages are as long as possible, so that the size is the codec's. */
export function variantArguments(
  { format, preset }: { readonly format: 'opus' | 'aac'; readonly preset: QualityPreset },
  { options, share = 1 }: Variant,
): string[] {
  const { bitrate = 0, ...profile } = audioProfile({ format, preset, ...SOUND });
  const pages = format === 'opus' ? ['-page_duration', '1000000'] : [];
  return [
    ...audioProfileArguments({ ...profile, bitrate: Math.round(share * bitrate) }, 'unpaced'),
    ...options,
    ...pages,
  ];
}
