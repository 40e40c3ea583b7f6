import { z } from 'zod';
import type { FfmpegBinary } from './binary.ts';
import { type Capability, missingCapabilities } from './capabilities.ts';
import { type EncoderTrial, type Media, tryEncoder } from './discovery/encoder-trial.ts';

const PURPOSES = ['audio', 'full'] as const;
type Purpose = (typeof PURPOSES)[number];

const names = (description: string) => z.array(z.string()).meta({ description });

const BUILD = z.strictObject({
  purpose: z.enum(PURPOSES).meta({ description: '`audio`: transcodes. `full`: video jobs.' }),
  usable: z.boolean().meta({ description: 'Whether there is an ffmpeg for this purpose.' }),
  reason: z.string().nullable().meta({ description: 'Why there is none; null when there is one.' }),
  version: z.string().nullable().meta({ description: 'Version of ffmpeg.' }),
  origin: z.enum(['layer', 'named', 'fallback']).nullable().meta({
    description: '`layer`: built by this project. `named`: by FFMPEG_PATH. `fallback`: another one of the machine.',
  }),
  missing: names('What the service can use and this ffmpeg lacks, such as `filter:zscale`.'),
  video_encoders: names('All encoders of pictures.'),
  audio_encoders: names('All encoders of sound.'),
  muxers: names('All containers that it writes.'),
  filters: names('Those filters that the service can use.'),
  decoders: names('Those decoders that only some builds have.'),
});

const ENCODER = z.strictObject({
  purpose: z.enum(PURPOSES).meta({ description: 'Purpose of the ffmpeg that has the encoder.' }),
  name: z.string().meta({ description: 'Name of the encoder, such as `libx264`.' }),
  media: z.enum(['video', 'audio']).meta({ description: 'What it encodes.' }),
  hardware: z.boolean().meta({ description: 'Whether it needs a special device.' }),
  compiled: z.boolean().meta({ description: 'Whether the ffmpeg contains it.' }),
  usable: z.boolean().meta({ description: 'Whether it has encoded a sample on this machine.' }),
  reason: z.string().nullable().meta({ description: 'Why it is not usable; null when it is.' }),
  probe_ms: z.number().nullable().meta({ description: 'Time that the sample took, ms; null when none was encoded.' }),
});

/** The response of `GET /api/encoders`. */
export const BUILDS = z.strictObject({
  encoders: z.array(ENCODER).meta({ description: 'The encoders that the service can use.' }),
  builds: z.array(BUILD).meta({ description: 'The ffmpeg that is used for each purpose.' }),
});
export type Builds = z.output<typeof BUILDS>;

/** What the service can use of an ffmpeg for one purpose. */
export type Uses = {
  readonly encoders: Readonly<Record<Media, readonly string[]>>;
  readonly filters: readonly string[];
  readonly decoders: readonly string[];
};

type Found = Pick<FfmpegBinary, 'path' | 'origin' | 'starter' | 'capabilities'>;

export type BuildOptions = { readonly find: () => Promise<Found>; readonly uses: Uses };

/**
 * Returns a function that reports what the ffmpeg for each purpose can do. It encodes a sample with each encoder, until one
 * has succeeded, and never rejects.
 */
export function createBuilds(options: Readonly<Record<Purpose, BuildOptions>>): () => Promise<Builds> {
  const trials = new Map<string, Promise<EncoderTrial>>();

  async function ofPurpose(
    purpose: Purpose,
  ): Promise<{ build: Builds['builds'][number]; encoders: Builds['encoders'] }> {
    const { find, uses } = options[purpose];
    const found = await find().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    const rows = MEDIA.flatMap((media) => uses.encoders[media].map((name) => ({ name, media })));
    const encoders: Builds['encoders'] = [];
    for (const { name, media } of rows) {
      const tried =
        typeof found === 'string' ? { compiled: false, reason: found } : await judge(found, { name, media });
      encoders.push({ purpose, name, media, hardware: false, usable: false, reason: null, probe_ms: null, ...tried });
    }
    return { build: { purpose, ...describe(found, uses) }, encoders };
  }

  /** Encodes one sample at a time: the machine has other work. */
  async function judge(
    found: Found,
    encoder: { name: string; media: Media },
  ): Promise<Partial<Builds['encoders'][number]> & { compiled: boolean }> {
    if (!found.capabilities.encoders.has(encoder.name)) return { compiled: false, reason: 'this ffmpeg lacks it' };
    const key = `${found.path} ${encoder.name}`;
    const trial = trials.get(key) ?? tryEncoder(found, encoder);
    trials.set(key, trial);
    const { failure, ms } = await trial;
    // It may have failed because the machine was busy.
    if (failure !== undefined) trials.delete(key);
    return { compiled: true, usable: failure === undefined, reason: failure ?? null, probe_ms: ms };
  }

  return async () => {
    const purposes = await Promise.all(PURPOSES.map(ofPurpose));
    return { encoders: purposes.flatMap(({ encoders }) => encoders), builds: purposes.map(({ build }) => build) };
  };
}

const MEDIA: readonly Media[] = ['video', 'audio'];

/** Returns what an ffmpeg lacks of what the service can use. */
export function missingUses(
  { encoders, filters, decoders }: Uses,
  { capabilities }: Pick<Found, 'capabilities'>,
): Capability[] {
  return missingCapabilities(
    [
      ...[...encoders.video, ...encoders.audio].map((name): Capability => `encoder:${name}`),
      ...filters.map((name): Capability => `filter:${name}`),
      ...decoders.map((name): Capability => `decoder:${name}`),
    ],
    capabilities,
  );
}

function describe(found: Found | string, uses: Uses): Omit<Builds['builds'][number], 'purpose'> {
  if (typeof found === 'string') return { ...NOTHING, usable: false, reason: found, version: null, origin: null };
  const { origin, capabilities } = found;
  return {
    ...{ usable: true, reason: null, version: capabilities.version, origin, missing: missingUses(uses, found) },
    video_encoders: [...capabilities.videoEncoders].toSorted(),
    audio_encoders: [...capabilities.audioEncoders].toSorted(),
    muxers: [...capabilities.muxers].toSorted(),
    filters: uses.filters.filter((name) => capabilities.filters.has(name)),
    decoders: uses.decoders.filter((name) => capabilities.decoders.has(name)),
  };
}

const NOTHING = { missing: [], video_encoders: [], audio_encoders: [], muxers: [], filters: [], decoders: [] };
