import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findOnPath } from './confinement.ts';
import { type CpuLevel, cpuLevels } from './discovery/cpu-level.ts';

/** `audio` transcodes sound; `full` also does pictures, subtitles and network protocols. */
export type FfmpegPurpose = 'audio' | 'full';

/** Where an ffmpeg comes from: FFMPEG_PATH, a layer of ours, or anything else on the machine. */
export type FfmpegOrigin = 'named' | 'layer' | 'fallback';

/** An ffmpeg that may be used. */
export type Candidate = { readonly path: string; readonly origin: FfmpegOrigin };

/** The audio layer's builds; the file names are those of `layers/ffmpeg-audio/recipe.ts`. */
const AUDIO_BUILDS: Readonly<Record<CpuLevel, string>> = {
  'x86-64-v3': 'ffmpeg-audio',
  'x86-64-v2': 'ffmpeg-audio-v2',
};

/** The files of the layers that serve a purpose on a processor, best first: the folder below `layers/`, and the name. */
export function layerFiles(purpose: FfmpegPurpose, levels: readonly CpuLevel[]): { layer: string; name: string }[] {
  const full = levels.length === 0 ? [] : [{ layer: 'ffmpeg', name: 'ffmpeg' }];
  if (purpose === 'full') return full;
  return [...levels.map((level) => ({ layer: 'ffmpeg-audio', name: AUDIO_BUILDS[level] })), ...full];
}

/** The ffmpegs of this machine, in the order in which they are tried: the platform's layers, built ones, `PATH`, ffmpeg-static. */
export async function findCandidates(purpose: FfmpegPurpose, pathVariable: string): Promise<Candidate[]> {
  const files = layerFiles(purpose, await cpuLevels());
  const layers = [
    ...files.map(({ name }) => `/opt/bin/${name}`),
    ...files.map(({ layer, name }) =>
      fileURLToPath(new URL(`../../layers/${layer}/dist/bin/${name}`, import.meta.url)),
    ),
  ];
  const others = [findOnPath('ffmpeg', pathVariable), await ffmpegStatic()].filter((path) => path !== undefined);
  const candidates: Candidate[] = [
    ...layers.map((path) => ({ path, origin: 'layer' as const })),
    ...others.map((path) => ({ path, origin: 'fallback' as const })),
  ];
  return candidates.filter(({ path }) => existsSync(path));
}

/** The npm package is optional: where its download has failed, neither it nor its types exist. */
const FFMPEG_STATIC: string = 'ffmpeg-static';

async function ffmpegStatic(): Promise<string | undefined> {
  try {
    return ((await import(FFMPEG_STATIC)) as { default?: string | null }).default ?? undefined;
  } catch {
    return undefined;
  }
}
