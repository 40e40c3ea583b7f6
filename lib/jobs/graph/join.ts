import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';
import { chapterInputs, chapterStreams, withChapters } from './chapters-file.ts';
import { fileArguments } from './encoders.ts';
import { LIST_INPUT, writtenForJoin } from './file-list.ts';
import { joinedSound } from './joined-sound.ts';
import { fileOf, outputTarget } from './output-targets.ts';
import type { EncodeStage, StageFiles } from './stage.ts';
import { subtitleInputs, subtitleStreams } from './subtitle-files.ts';
import { chaptersIn, firstNumbers, type NumberedOutput, subtitlesOf } from './targets.ts';

/** Names of the files of a film's picture, and of the sound, of a run. */
export const chunkFile = (run: number, index: number): string => `run-${run}-${index}.mp4`;
export const soundChunkFile = (run: number): string => `run-${run}.wav`;

type JoinOptions = StageFiles & {
  readonly plan: JobPlan;
  readonly outputs: readonly NumberedOutput[];
  /** Number of the chunks. */
  readonly runs: number;
};

/** Returns the stage that joins the runs: pictures packet by packet, and the sound encoded once over the whole. */
export function joinStage({ plan, outputs, runs, files, folder }: JoinOptions): EncodeStage {
  const joined = outputs.flatMap(({ output, index }) =>
    output.kind === 'picture' || output.kind === 'animation' ? [] : [{ output, index }],
  );
  const films = joined.filter(({ output }) => output.kind === 'film');
  const heard = joined.filter(({ output }) => output.sound !== null);
  const lists = [
    ...films.map(({ index }) => ({ name: `join-${index}.txt`, files: chunksOf(runs, (run) => chunkFile(run, index)) })),
    ...(heard.length > 0 && plan.mix.base === 'clips'
      ? [{ name: 'join-sound.txt', files: chunksOf(runs, soundChunkFile) }]
      : []),
  ];
  const span = { fps: plan.fps, firstFrame: 0, frames: plan.frames, samples: plan.samples };
  const targets = joined.map(({ output, index }) => outputTarget(output, index, span));
  const texts = subtitlesOf(targets);
  const firsts = firstNumbers(targets, lists.length);
  const chapters = chaptersIn(targets);
  const added = withChapters(texts, chapters);
  const { writes, frees } = writtenForJoin({ lists, texts: added, folder });
  const sound = joinedSound({
    ...{ mix: plan.mix, samples: plan.samples, count: heard.length, files, folder },
    ...{ chunks: lists.length > films.length ? films.length : null, first: lists.length + added.length },
  });
  return {
    name: 'join',
    args: [
      ...lists.flatMap(({ name }) => [...LIST_INPUT, `file:${folder}/${name}`]),
      ...[...subtitleInputs(texts, folder), ...chapterInputs(chapters, folder)],
      ...[...sound.inputs, ...sound.graph],
      ...joined.flatMap(({ output, index }, number) => [
        ...pictureArguments(films.findIndex((film) => film.index === index)),
        ...(output.sound === null
          ? []
          : sound.stream(
              output.sound,
              heard.findIndex((file) => file.index === index),
            )),
        ...subtitleStreams(targets[number]?.subtitles ?? [], firsts[number] ?? 0),
        ...fileArguments(output),
        ...chapterStreams(targets[number]?.chapters, lists.length + texts.length),
        ...['-y', `file:${folder}/${fileOf(output, index)}`],
      ]),
    ],
    writes,
    inputs: [...new Set(sound.used)],
    outputs: targets.map(({ expected }) => expected.file),
    weight: { frames: 0, seconds: plan.samples / SAMPLE_RATE },
    expected: targets.map(({ expected }) => expected),
    frees,
  };
}

function chunksOf(count: number, nameOf: (run: number) => string): string[] {
  return Array.from({ length: count }, (_, run) => nameOf(run));
}

/** `film`: the number of the list with the chunks of a film; below 0 for sound alone. */
function pictureArguments(film: number): string[] {
  return film < 0 ? [] : ['-map', `${film}:0`, '-c:v', 'copy'];
}
