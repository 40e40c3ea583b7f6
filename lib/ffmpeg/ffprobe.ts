import { dirname, join } from 'node:path';
import { AppError } from '#lib/errors.ts';
import type { Candidate } from './candidates.ts';
import { findOnPath, isExecutable, type Starter } from './confinement.ts';
import type { Program } from './process.ts';
import { readableFor } from './starter.ts';

type Ffmpeg = Candidate & { readonly starter: Starter };

/**
 * Returns the ffprobe for an ffmpeg: the one of the same build in the same folder, else the first on `PATH`. It is
 * started as the ffmpeg is. Throws UNAVAILABLE `{part: 'ffprobe'}`.
 */
export function findFfprobe({ path, origin, starter }: Ffmpeg, pathVariable: string): Program {
  const sibling = join(dirname(path), 'ffprobe');
  if (isExecutable(sibling)) {
    return { path: sibling, starter: reading(starter, { path: sibling, origin }) };
  }
  const other = findOnPath('ffprobe', pathVariable);
  if (other !== undefined) return { path: other, starter: reading(starter, { path: other, origin: 'fallback' }) };
  const message = `there is no ffprobe next to ${path} or on PATH: install one (Debian, Ubuntu: apt-get install ffmpeg)`;
  throw new AppError('UNAVAILABLE', { part: 'ffprobe' }, { message, recoverable: false });
}

/** Each program may read its own libraries. */
function reading(starter: Starter, program: Candidate): Starter {
  if (starter.kind === 'shell') return starter;
  const readable = starter.readable === undefined ? undefined : readableFor(program);
  return { ...starter, calls: starter.calls === 'audio' ? 'full' : starter.calls, readable };
}
