import { AppError } from '#lib/errors.ts';
import { askCapabilities, type Capabilities, type Capability, missingCapabilities } from './capabilities.ts';
import { smokeTest } from './discovery/smoke-test.ts';
import { type FfmpegPurpose, type Place, presentPlaces } from './places.ts';

export type FfmpegBinary = Place & {
  readonly capabilities: Capabilities;
  /** The places before it, with what is wrong there. */
  readonly refused: readonly string[];
};

export type FindOptions = {
  readonly purpose: FfmpegPurpose;
  /** FFMPEG_PATH: when given, no other place is looked at. */
  readonly ffmpegPath: string | undefined;
  /** The `PATH` variable. */
  readonly path: string;
  /** What the purpose cannot do without. */
  readonly required: readonly Capability[];
};

/** What to tell whoever has no usable ffmpeg. */
export const REMEDY =
  'install one with libopus (Debian, Ubuntu: apt-get install ffmpeg; macOS: brew install ffmpeg) or name one in FFMPEG_PATH';

/**
 * The first usable ffmpeg of: FFMPEG_PATH, the platform's layers, the built layers, `PATH`, ffmpeg-static. Usable is what
 * can do what is required, and plays three small samples.
 * Throws UNAVAILABLE `{part: 'ffmpeg', tried}`: each place with what is wrong there.
 */
export async function findFfmpeg({ purpose, ffmpegPath, path, required }: FindOptions): Promise<FfmpegBinary> {
  const places: readonly Place[] =
    ffmpegPath === undefined ? await presentPlaces(purpose, path) : [{ path: ffmpegPath, origin: 'named' }];
  const tried: string[] = [];
  for (const place of places) {
    const answer = await examine(place.path, required);
    if (typeof answer !== 'string') return { ...place, capabilities: answer, refused: tried };
    tried.push(`${place.path}: ${answer}`);
  }
  const reasons = tried.length === 0 ? 'none found' : tried.join('; ');
  throw new AppError('UNAVAILABLE', { part: 'ffmpeg', tried }, { message: `no usable ffmpeg (${reasons}): ${REMEDY}` });
}

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
