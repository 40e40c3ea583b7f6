import { AppError } from '#lib/errors.ts';
import { type Candidate, type FfmpegPurpose, findCandidates } from './candidates.ts';
import { askCapabilities, type Capabilities, type Capability, missingCapabilities } from './capabilities.ts';
import { smokeTest } from './discovery/smoke-test.ts';

export type FfmpegBinary = Candidate & {
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
export async function findFfmpeg({ purpose, ffmpegPath, path, required }: FindOptions): Promise<FfmpegBinary> {
  const candidates: readonly Candidate[] =
    ffmpegPath === undefined ? await findCandidates(purpose, path) : [{ path: ffmpegPath, origin: 'named' }];
  const tried: string[] = [];
  for (const candidate of candidates) {
    const found = await examine(candidate.path, required);
    if (typeof found !== 'string') return { ...candidate, capabilities: found, refused: tried };
    tried.push(`${candidate.path}: ${found}`);
  }
  const reasons = tried.length === 0 ? 'none found' : tried.join('; ');
  throw new AppError('UNAVAILABLE', { part: 'ffmpeg', tried }, { message: `no usable ffmpeg (${reasons}): ${REMEDY}` });
}

/** Returns the capabilities of an ffmpeg, or why it cannot be used. */
async function examine(path: string, required: readonly Capability[]): Promise<Capabilities | string> {
  const smoke = smokeTest(path);
  try {
    const capabilities = await askCapabilities(path);
    const missing = missingCapabilities(required, capabilities);
    return missing.length === 0 ? ((await smoke) ?? capabilities) : `it lacks ${missing.join(', ')}`;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  } finally {
    await smoke;
  }
}
