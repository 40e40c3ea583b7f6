import { createMediaFolder, MUSIC_FILE, type Sound } from '../../test/support/media.ts';
import { SWEEP } from './sweep-reader.ts';

/** A source with its bytes and duration. */
export type Track = { readonly name: string; readonly seconds: number; readonly bytes: Buffer };

/** Music is compared sample by sample; sweeps show the position. */
export type TrackSet = { readonly music: readonly Track[]; readonly sweeps: readonly Track[] };

/** Both ways in which the service feeds ffmpeg: piped, and spooled because the index is at the end. */
const KINDS = [
  { suffix: 'mp3', seconds: 17, options: ['-c:a', 'libmp3lame', '-b:a', '192k'] },
  { suffix: 'flac', seconds: 12, options: [] },
  { suffix: 'ogg', seconds: 21, options: ['-c:a', 'libvorbis', '-q:a', '5'] },
  { suffix: 'm4a', seconds: 15, options: ['-c:a', 'aac', '-b:a', '192k', '-movflags', '+faststart'] },
  { suffix: 'last.m4a', seconds: 19, options: ['-c:a', 'aac', '-b:a', '192k'] },
  { suffix: 'wav', seconds: 13, options: [] },
] as const;

/** Seconds of the recording between the starts of two tracks. */
const MUSIC_STEP = 6;

/** Creates the tracks of all channels. */
export async function makeTracks(): Promise<TrackSet> {
  await using folder = await createMediaFolder();
  const make = (kind: (typeof KINDS)[number], name: string, sound: Sound, more: readonly string[] = []) =>
    folder
      .make(`${name}.${kind.suffix}`, sound, [...more, '-ar', '48000', ...kind.options])
      .then((bytes) => ({ name: `${name}.${kind.suffix}`, seconds: kind.seconds, bytes }));
  const music = await Promise.all(
    KINDS.map((kind, index) =>
      make(kind, 'music', { file: MUSIC_FILE }, ['-ss', String(index * MUSIC_STEP), '-t', String(kind.seconds)]),
    ),
  );
  const sweeps = await Promise.all(KINDS.map((kind) => make(kind, 'sweep', sweep(kind.seconds))));
  return { music, sweeps };
}

function sweep(seconds: number): Sound {
  const tone = `0.25*sin(2*PI*(${SWEEP.startHz}*t+${SWEEP.hzPerSecond / 2}*t*t))`;
  return { lavfi: `aevalsrc=${tone}|${tone}:s=48000:d=${seconds}` };
}
