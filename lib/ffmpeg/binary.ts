import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AppError } from '#lib/errors.ts';
import { askCapabilities, type Capabilities, type Capability, missingCapabilities } from './capabilities.ts';
import { findOnPath } from './confinement.ts';

/** `audio` transcodes sound; `full` also does pictures, subtitles and network protocols. */
export type FfmpegPurpose = 'audio' | 'full';

export type FfmpegBinary = { readonly path: string; readonly capabilities: Capabilities };

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

const LAYER_OF: Readonly<Record<FfmpegPurpose, string>> = { audio: 'ffmpeg-audio', full: 'ffmpeg' };

/**
 * The first usable ffmpeg of: FFMPEG_PATH, the platform's layer, the built layer, `PATH`, ffmpeg-static.
 * Throws UNAVAILABLE `{part: 'ffmpeg', tried}`: each place with what is wrong there.
 */
export async function findFfmpeg(options: FindOptions): Promise<FfmpegBinary> {
  const tried: string[] = [];
  for (const path of await candidatePaths(options)) {
    const answer = await examine(path, options.required);
    if (typeof answer !== 'string') return { path, capabilities: answer };
    tried.push(`${path}: ${answer}`);
  }
  const reasons = tried.length === 0 ? 'none found' : tried.join('; ');
  throw new AppError('UNAVAILABLE', { part: 'ffmpeg', tried }, { message: `no usable ffmpeg (${reasons}): ${REMEDY}` });
}

async function candidatePaths({ purpose, ffmpegPath, path }: FindOptions): Promise<string[]> {
  if (ffmpegPath !== undefined) return [ffmpegPath];
  const layer = LAYER_OF[purpose];
  const candidates = [
    `/opt/bin/${layer}`,
    '/opt/bin/ffmpeg',
    fileURLToPath(new URL(`../../layers/${layer}/dist/bin/ffmpeg`, import.meta.url)),
    findOnPath('ffmpeg', path),
    await ffmpegStatic(),
  ].filter((candidate) => candidate !== undefined);
  const present = await Promise.all(candidates.map(isThere));
  return candidates.filter((_, index) => present[index]);
}

async function examine(path: string, required: readonly Capability[]): Promise<Capabilities | string> {
  try {
    const capabilities = await askCapabilities(path);
    const missing = missingCapabilities(required, capabilities);
    return missing.length === 0 ? capabilities : `it lacks ${missing.join(', ')}`;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
}

/** The npm package is optional: its download may have failed, and then neither it nor its types are there. */
const FFMPEG_STATIC: string = 'ffmpeg-static';

async function ffmpegStatic(): Promise<string | undefined> {
  try {
    return ((await import(FFMPEG_STATIC)) as { default?: string | null }).default ?? undefined;
  } catch {
    return undefined;
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
