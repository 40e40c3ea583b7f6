import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findOnPath } from './confinement.ts';
import { type CpuLevel, cpuLevels } from './discovery/cpu-level.ts';

/** `audio` only transcodes audio; `full` also handles video, images, subtitles and network protocols. */
export type FfmpegPurpose = 'audio' | 'full';

/** Where an ffmpeg comes from: FFMPEG_PATH, one of this project's layers, or elsewhere on the machine. */
export type FfmpegOrigin = 'named' | 'layer' | 'fallback';

/** An ffmpeg that could be used. */
export type Candidate = { readonly path: string; readonly origin: FfmpegOrigin };

/** The builds of the audio layer. The file names are those in `layers/ffmpeg-audio/recipe.ts`. */
const AUDIO_BUILDS: Readonly<Record<CpuLevel, string>> = {
  'x86-64-v3': 'ffmpeg-audio',
  'x86-64-v2': 'ffmpeg-audio-v2',
};

/** Returns the layer files for a purpose and a processor, best first: the folder in `layers/` and the file name. */
export function layerFiles(purpose: FfmpegPurpose, levels: readonly CpuLevel[]): { layer: string; name: string }[] {
  const full = levels.length === 0 ? [] : [{ layer: 'ffmpeg', name: 'ffmpeg' }];
  if (purpose === 'full') return full;
  return [...levels.map((level) => ({ layer: 'ffmpeg-audio', name: AUDIO_BUILDS[level] })), ...full];
}

/** Returns the ffmpegs of this machine, best first: the platform's layers, built ones, `PATH`, ffmpeg-static. */
export async function findCandidates(purpose: FfmpegPurpose, pathVariable: string): Promise<Candidate[]> {
  const files = layerFiles(purpose, await cpuLevels());
  const layers = [
    ...files.map(({ name }) => platformPath(name)),
    ...files.map(({ layer, name }) => builtPath(layer, name)),
  ];
  const others = [findOnPath('ffmpeg', pathVariable), await ffmpegStatic()].filter((path) => path !== undefined);
  const candidates: Candidate[] = [
    ...layers.map((path) => ({ path, origin: 'layer' as const })),
    ...others.map((path) => ({ path, origin: 'fallback' as const })),
  ];
  return candidates.filter(({ path }) => existsSync(path));
}

/** Returns where the platform mounts a program of a layer. */
export function platformPath(name: string): string {
  return `/opt/bin/${name}`;
}

/** Returns where `npm run build:layers` puts a program of a layer. */
export function builtPath(layer: string, name: string): string {
  return fileURLToPath(new URL(`../../layers/${layer}/dist/bin/${name}`, import.meta.url));
}

/** The npm package is optional: if its download failed, neither the package nor its types exist. */
const FFMPEG_STATIC: string = 'ffmpeg-static';

async function ffmpegStatic(): Promise<string | undefined> {
  try {
    return ((await import(FFMPEG_STATIC)) as { default?: string | null }).default ?? undefined;
  } catch {
    return undefined;
  }
}
