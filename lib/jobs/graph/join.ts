import type { EncodedFile, JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';
import { chapterInputs, chapterStreams } from './chapters-file.ts';
import { fileArguments, joinedSoundArguments } from './encoders.ts';
import { LIST_INPUT, writtenForJoin } from './file-list.ts';
import { fileOf, outputTarget } from './output-targets.ts';
import type { EncodeStage } from './stage.ts';
import { subtitleInputs, subtitleStreams } from './subtitle-files.ts';
import { chaptersIn, firstNumbers, type NumberedOutput, subtitlesOf } from './targets.ts';

/** Names of the files of a film's picture, and of the sound, of a run. */
export const chunkFile = (run: number, index: number): string => `run-${run}-${index}.mp4`;
export const soundChunkFile = (run: number): string => `run-${run}.wav`;

type JoinOptions = {
  readonly plan: JobPlan;
  readonly outputs: readonly NumberedOutput[];
  /** Number of the chunks of pictures, and of those of sound. */
  readonly runs: number;
  readonly sounds: number;
  readonly folder: string;
};

type JoinedOutput = Exclude<EncodedFile, { kind: 'picture' | 'animation' }>;

/** Returns the stage that joins the runs: pictures packet by packet, and the sound encoded once over the whole. */
export function joinStage({ plan, outputs, runs, sounds, folder }: JoinOptions): EncodeStage {
  const joined = outputs.flatMap(({ output, index }) =>
    output.kind === 'picture' || output.kind === 'animation' ? [] : [{ output, index }],
  );
  const films = joined.filter(({ output }) => output.kind === 'film');
  const lists = [
    ...films.map(({ index }) => ({ name: `join-${index}.txt`, files: chunksOf(runs, (run) => chunkFile(run, index)) })),
    ...(joined.some(({ output }) => output.sound !== null)
      ? [{ name: 'join-sound.txt', files: chunksOf(sounds, soundChunkFile) }]
      : []),
  ];
  const span = { fps: plan.fps, firstFrame: 0, frames: plan.frames, samples: plan.samples };
  const targets = joined.map(({ output, index }) => outputTarget(output, index, span));
  const texts = subtitlesOf(targets);
  const firsts = firstNumbers(targets, lists.length);
  const chapters = chaptersIn(targets);
  const added = [...texts, ...(chapters === undefined ? [] : [chapters])];
  const { writes, frees } = writtenForJoin({ lists, texts: added, folder });
  return {
    name: 'join',
    args: [
      ...lists.flatMap(({ name }) => [...LIST_INPUT, `file:${folder}/${name}`]),
      ...[...subtitleInputs(texts, folder), ...chapterInputs(chapters, folder)],
      ...joined.flatMap(({ output, index }, number) => [
        ...streamArguments(output, { picture: films.findIndex((film) => film.index === index), sound: films.length }),
        ...subtitleStreams(targets[number]?.subtitles ?? [], firsts[number] ?? 0),
        ...fileArguments(output),
        ...chapterStreams(targets[number]?.chapters, lists.length + texts.length),
        ...['-y', `file:${folder}/${fileOf(output, index)}`],
      ]),
    ],
    writes,
    inputs: [],
    outputs: targets.map(({ expected }) => expected.file),
    weight: { frames: 0, seconds: plan.samples / SAMPLE_RATE },
    expected: targets.map(({ expected }) => expected),
    frees,
  };
}

function chunksOf(count: number, nameOf: (run: number) => string): string[] {
  return Array.from({ length: count }, (_, run) => nameOf(run));
}

function streamArguments(output: JoinedOutput, inputs: { readonly picture: number; readonly sound: number }): string[] {
  return [
    ...(output.kind === 'film' ? ['-map', `${inputs.picture}:0`, '-c:v', 'copy'] : []),
    ...(output.sound === null ? [] : joinedSoundArguments(inputs.sound, output.sound)),
  ];
}
