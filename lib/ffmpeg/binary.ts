import { AppError } from '#lib/errors.ts';
import { type Candidate, type FfmpegPurpose, findCandidates } from './candidates.ts';
import { type Capabilities, type Capability, missingCapabilities } from './capabilities.ts';
import { askCapabilities } from './discovery/ask-capabilities.ts';
import { type ConfinementMode, type FoundStarter, findStarter } from './starter.ts';

export type FfmpegBinary = Candidate &
  FoundStarter & {
    readonly capabilities: Capabilities;
    /** The rejected candidates before it, each with the reason. */
    readonly refused: readonly string[];
  };

export type FindOptions = {
  readonly purpose: FfmpegPurpose;
  /** FFMPEG_PATH. If set, no other candidate is tried. */
  readonly ffmpegPath: string | undefined;
  /** The `PATH` variable. */
  readonly path: string;
  /** CONFINEMENT. */
  readonly confinement: ConfinementMode;
  /** The capabilities that the purpose needs. */
  readonly required: readonly Capability[];
};

/** What to do when there is no usable ffmpeg. */
export const REMEDY =
  'install one with libopus (Debian, Ubuntu: apt-get install ffmpeg; macOS: brew install ffmpeg) or name one in FFMPEG_PATH';

/**
 * Returns the first usable ffmpeg of: FFMPEG_PATH, the platform's layers, the built layers, `PATH`, ffmpeg-static. A
 * usable one has the required capabilities and decodes three small samples.
 * Throws UNAVAILABLE `{part: 'ffmpeg', tried}` with each candidate and why it was rejected.
 */
export async function findFfmpeg(options: FindOptions): Promise<FfmpegBinary> {
  const { purpose, ffmpegPath, path } = options;
  const candidates: readonly Candidate[] =
    ffmpegPath === undefined ? await findCandidates(purpose, path) : [{ path: ffmpegPath, origin: 'named' }];
  const tried: string[] = [];
  for (const candidate of candidates) {
    const found = await examine(candidate, options);
    if (typeof found !== 'string') return { ...candidate, ...found, refused: tried };
    tried.push(`${candidate.path}: ${found}`);
  }
  const reasons = tried.length === 0 ? 'none found' : tried.join('; ');
  throw new AppError('UNAVAILABLE', { part: 'ffmpeg', tried }, { message: `no usable ffmpeg (${reasons}): ${REMEDY}` });
}

/** Returns the capabilities of an ffmpeg and how to start it, or why it cannot be used. */
async function examine(
  candidate: Candidate,
  { required, path, confinement: mode }: FindOptions,
): Promise<(FoundStarter & { readonly capabilities: Capabilities }) | string> {
  const starting = findStarter(candidate, { mode, path });
  try {
    const capabilities = await askCapabilities(candidate.path);
    const missing = missingCapabilities(required, capabilities);
    if (missing.length > 0) return `it lacks ${missing.join(', ')}`;
    const starter = await starting;
    return typeof starter === 'string' ? starter : { ...starter, capabilities };
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  } finally {
    await starting;
  }
}
