import type { PlannedOutput, PlannedSubtitles } from '#lib/jobs/plan/job-plan.ts';
import type { Format } from '#lib/jobs/spec/vocabulary.ts';
import type { Cue } from '#lib/jobs/subtitles/cue.ts';
import { flattened } from '#lib/jobs/subtitles/flatten.ts';
import { writeSrt, writeVtt } from '#lib/jobs/subtitles/write.ts';

/** A file of subtitles in the folder, and how it becomes a stream of an output. */
export type SubtitleFile = Pick<PlannedSubtitles, 'language' | 'isDefault'> & {
  readonly name: string;
  readonly text: string;
  readonly demuxer: 'srt' | 'webvtt';
  readonly encoder: string;
  /** Number of cues of the stream. */
  readonly cues: number;
};

type Carrier = Pick<SubtitleFile, 'demuxer' | 'encoder'> & {
  readonly prepare: (cues: readonly Cue[]) => readonly Cue[];
  readonly write: (cues: readonly Cue[]) => string;
};

const asTheyAre = (cues: readonly Cue[]): readonly Cue[] => cues;
const TIMED_TEXT: Carrier = { demuxer: 'srt', encoder: 'mov_text', prepare: flattened, write: writeSrt };

/** Matroska and WebM take the cues of a file as they are. The samples of MP4 follow each other: none may overlap. */
const CARRIERS: Partial<Readonly<Record<Format, Carrier>>> = {
  mp4: TIMED_TEXT,
  mov: TIMED_TEXT,
  mkv: { demuxer: 'srt', encoder: 'copy', prepare: asTheyAre, write: writeSrt },
  webm: { demuxer: 'webvtt', encoder: 'copy', prepare: asTheyAre, write: writeVtt },
};

/** Returns the files of an output's subtitles. Throws LIMIT_EXCEEDED when too many are shown at once. */
export function subtitleFiles(output: PlannedOutput, index: number): SubtitleFile[] {
  const carrier = CARRIERS[output.format];
  if (carrier === undefined || !('subtitles' in output)) return [];
  const { demuxer, encoder, prepare, write } = carrier;
  return output.subtitles.map(({ language, isDefault, cues }, number) => {
    const prepared = prepare(cues);
    const name = `subtitles-${index}-${number}.${demuxer}`;
    return { name, text: write(prepared), demuxer, encoder, language, isDefault, cues: prepared.length };
  });
}

/** Returns the options that open these files, each with its demuxer and nothing else. */
export function subtitleInputs(files: readonly SubtitleFile[], folder: string): string[] {
  return files.flatMap(({ name, demuxer }) => [
    ...['-protocol_whitelist', 'file', '-format_whitelist', demuxer, '-codec_whitelist', DECODERS[demuxer]],
    ...['-f', demuxer, '-i', `file:${folder}/${name}`],
  ]);
}

/** One decoder has two names. */
const DECODERS = { srt: 'srt,subrip', webvtt: 'webvtt' } as const;

/** Returns the options of the streams. `first` is the number of the first file among the inputs. */
export function subtitleStreams(files: readonly SubtitleFile[], first: number): string[] {
  if (files.length === 0) return [];
  return [
    // A disposition that is given ends the automatic ones of all other streams.
    ...['-disposition:v', 'default', '-disposition:a', 'default'],
    ...files.flatMap(({ encoder, language, isDefault }, number) => [
      ...['-map', `${first + number}:0`, `-c:s:${number}`, encoder],
      ...[`-metadata:s:s:${number}`, `language=${language ?? 'und'}`],
      ...[`-disposition:s:${number}`, isDefault ? 'default' : '0'],
    ]),
  ];
}
