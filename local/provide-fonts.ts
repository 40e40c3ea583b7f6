import { existsSync } from 'node:fs';
import { builtPath, platformPath } from '#lib/ffmpeg/candidates.ts';
import type { InstallPackages } from '../layers/builder/apt-get.ts';
import { INSTALLED_FONTS } from '../layers/ffmpeg/fonts.ts';

export type FontOptions = {
  /** Undefined when nothing can be installed here. */
  readonly install: InstallPackages | undefined;
  readonly say: (line: string) => void;
  readonly exists?: (file: string) => boolean;
};

/**
 * Installs the fonts that the full layer brings, where that layer is not built: text then looks the same with the
 * distribution's ffmpeg. Never throws.
 */
export function provideFonts({ install, say, exists = existsSync }: FontOptions): void {
  if (install === undefined || LAYERS.some(exists)) return;
  const missing = packagesMissing(exists);
  if (missing.length === 0) return;
  say(`installing fonts for text in videos (apt-get install ${missing.join(' ')})`);
  install(missing);
  const still = packagesMissing(exists);
  if (still.length > 0) say(`without ${still.join(' ')}, some scripts and emoji are missing from text in videos`);
}

/** Where the full layer is, if there is one. */
const LAYERS = [platformPath('ffmpeg'), builtPath('ffmpeg', 'ffmpeg')];

function packagesMissing(exists: (file: string) => boolean): string[] {
  return INSTALLED_FONTS.filter(({ files }) => !files.every(exists)).map(({ name }) => name);
}
