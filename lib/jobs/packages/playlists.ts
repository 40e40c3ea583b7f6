import { mp4Codec } from '#lib/containers/mp4-codec.ts';
import type { Mp4Fragments } from '#lib/containers/mp4-fragments.ts';
import { manifest } from '#lib/dash/manifest.ts';
import { masterPlaylist, type Variant } from '#lib/hls/master-playlist.ts';
import { mediaPlaylist, targetSeconds } from '#lib/hls/media-playlist.ts';
import type { PlannedFilm, PlannedPackage, PlannedRecording } from '#lib/jobs/plan/job-plan.ts';
import { perSecond, SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';
import type { PackageFormat } from '#lib/jobs/spec/vocabulary.ts';

/** A finished file of a package, and how it is cut. */
export type CutFile = {
  readonly planned: PlannedFilm | PlannedRecording;
  readonly layout: Mp4Fragments;
};

/** A text of a package, by its name. */
export type PackageText = { readonly name: string; readonly text: string };

/** The file that a player opens. */
export const MAIN_FILES: Readonly<Record<PackageFormat, string>> = { hls: 'master.m3u8', dash: 'manifest.mpd' };

/** Returns the name of a media file in its package. */
export function mediaFile({ name }: PlannedFilm | PlannedRecording): string {
  return `${name}.mp4`;
}

/** Returns the playlists or the manifest of a package, which name its files relatively. The first is the main one. */
export function playlistsOf(planned: PlannedPackage, files: readonly CutFile[]): PackageText[] {
  const measured = files.map(measure);
  return planned.format === 'hls' ? hlsTexts(planned, measured) : [dashText(planned, measured)];
}

type Measured = ReturnType<typeof measure>;

/** Measures what segments use: what a playlist states is never less than what a player gets. */
function measure({ planned, layout }: CutFile) {
  const { head, index, moov, fragments, timescale } = layout;
  const segments = fragments.map(({ offset, bytes, length }) => ({ offset, bytes, seconds: length / timescale }));
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0);
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  return {
    ...{ planned, head, index, segments, seconds },
    file: mediaFile(planned),
    playlist: `${planned.name}.m3u8`,
    codec: mp4Codec(moov) ?? '',
    peakBits: Math.max(...segments.map((segment) => (8 * segment.bytes) / segment.seconds)),
    averageBits: (8 * bytes) / seconds,
  };
}

const CHANNELS = 2;

function hlsTexts({ offersSound, fps }: PlannedPackage, files: readonly Measured[]): PackageText[] {
  const sound = files.find(({ planned }) => planned.kind === 'sound');
  const films = files.filter(({ planned }) => planned.kind === 'film');
  const longest = targetSeconds(files.flatMap(({ segments }) => segments.map(({ seconds }) => seconds)));
  const filmVariants = films.map((film): Variant => {
    const geometry = film.planned.kind === 'film' ? film.planned.geometry : undefined;
    return {
      uri: film.playlist,
      peakBits: film.peakBits + (sound?.peakBits ?? 0),
      averageBits: film.averageBits + (sound?.averageBits ?? 0),
      codecs: sound === undefined ? [film.codec] : [film.codec, sound.codec],
      picture: geometry && { width: geometry.width, height: geometry.height, framesPerSecond: perSecond(fps) },
    };
  });
  const soundVariant: Variant[] =
    sound !== undefined && (offersSound || films.length === 0)
      ? [{ uri: sound.playlist, peakBits: sound.peakBits, averageBits: sound.averageBits, codecs: [sound.codec] }]
      : [];
  const shared = sound === undefined || films.length === 0 ? undefined : { uri: sound.playlist, channels: CHANNELS };
  const master = masterPlaylist({ variants: [...startFirst(filmVariants), ...soundVariant], sound: shared });
  const playlists = files.map(({ playlist, ...file }) => {
    return { name: playlist, text: mediaPlaylist({ ...file, targetSeconds: longest }) };
  });
  return [{ name: MAIN_FILES.hls, text: master }, ...playlists];
}

/** A connection on which a player may start without waiting, bit/s. */
const START_BITS = 2_500_000;

/** Players that measure nothing before they start take the first variant: the largest that most connections carry. */
function startFirst(variants: readonly Variant[]): Variant[] {
  const start = variants.find(({ peakBits }) => peakBits <= START_BITS) ?? variants.at(-1);
  return start === undefined ? [] : [start, ...variants.filter((variant) => variant !== start)];
}

function dashText({ fps }: PlannedPackage, files: readonly Measured[]): PackageText {
  const representations = files.map((file) => ({ ...file, id: file.planned.name }));
  const films = representations.flatMap(({ planned, ...file }) => {
    return planned.kind === 'film' ? [{ ...file, width: planned.geometry.width, height: planned.geometry.height }] : [];
  });
  const sound = representations.find(({ planned }) => planned.kind === 'sound');
  const text = manifest({
    seconds: (films[0] ?? sound)?.seconds ?? 0,
    segmentSeconds: Math.max(...files.flatMap(({ segments }) => segments.map(({ seconds }) => seconds))),
    ...{ films, frameRate: fps },
    sound: sound && { ...sound, sampleRate: SAMPLE_RATE, channels: CHANNELS },
  });
  return { name: MAIN_FILES.dash, text };
}
