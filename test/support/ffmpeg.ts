import { findCandidates } from '#lib/ffmpeg/candidates.ts';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';

const PATH = process.env['PATH'] ?? '';

/** An ffmpeg that can do everything: the full layer's where it is built, else the machine's own. */
export const FFMPEG: string = (await findCandidates('full', PATH))[0]?.path ?? 'ffmpeg';

/** What media are made with, and what came out is decoded with: where there is one, an ffmpeg that is not ours. */
export const MEDIA_FFMPEG: string = findOnPath('ffmpeg', PATH) ?? FFMPEG;
