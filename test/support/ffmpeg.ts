import { findCandidates } from '#lib/ffmpeg/candidates.ts';
import { findOnPath } from '#lib/ffmpeg/confinement.ts';

const PATH = process.env['PATH'] ?? '';

/** An ffmpeg with all features: that of the full layer where it is built, else the machine's. */
export const FFMPEG: string = (await findCandidates('full', PATH))[0]?.path ?? 'ffmpeg';

/** The ffmpeg that generates media and decodes output: one that is not ours, where one exists. */
export const MEDIA_FFMPEG: string = findOnPath('ffmpeg', PATH) ?? FFMPEG;
