import type { JobPlan, PlannedFile } from '#lib/jobs/plan/job-plan.ts';
import { filesOf } from '#lib/jobs/plan/planned-files.ts';
import { SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';
import { audioArguments, fileArguments } from './encoders.ts';
import { fileOf, outputTarget } from './output-targets.ts';
import type { EncodeStage } from './stage.ts';

/** Names of the files of a film's picture, and of the sound, of a run. */
export const chunkFile = (run: number, index: number): string => `run-${run}-${index}.mp4`;
export const soundChunkFile = (run: number): string => `run-${run}.wav`;

type JoinOptions = { readonly plan: JobPlan; readonly runs: number; readonly folder: string };

type JoinedOutput = Exclude<PlannedFile, { kind: 'picture' }>;

/** Returns the stage that joins the runs: pictures packet by packet, and the sound encoded once over the whole. */
export function joinStage({ plan, runs, folder }: JoinOptions): EncodeStage {
  const joined = filesOf(plan).flatMap((output, index) => (output.kind === 'picture' ? [] : [{ output, index }]));
  const films = joined.filter(({ output }) => output.kind === 'film');
  const numbers = Array.from({ length: runs }, (_, run) => run);
  const lists = [
    ...films.map(({ index }) => ({ name: `join-${index}.txt`, files: numbers.map((run) => chunkFile(run, index)) })),
    ...(joined.some(({ output }) => output.sound !== null)
      ? [{ name: 'join-sound.txt', files: numbers.map(soundChunkFile) }]
      : []),
  ];
  const span = { fps: plan.fps, firstFrame: 0, frames: plan.frames, samples: plan.samples };
  const targets = joined.map(({ output, index }) => outputTarget(output, index, span));
  return {
    name: 'join',
    args: [
      ...lists.flatMap(({ name }) => [...LIST_INPUT, `file:${folder}/${name}`]),
      ...joined.flatMap(({ output, index }) => [
        ...streamArguments(output, { picture: films.findIndex((film) => film.index === index), sound: films.length }),
        ...fileArguments(output),
        ...['-y', `file:${folder}/${fileOf(output, index)}`],
      ]),
    ],
    writes: lists.map(({ name, files }) => ({ name, text: listOf(files, folder) })),
    inputs: [],
    outputs: targets.map(({ expected }) => expected.file),
    weight: { frames: 0, seconds: plan.samples / SAMPLE_RATE },
    expected: targets.map(({ expected }) => expected),
    frees: lists.flatMap(({ name, files }) => [name, ...files]),
  };
}

/** The list names files of the folder, which only ffmpeg itself has written. */
const LIST_INPUT = ['-protocol_whitelist', 'file', '-f', 'concat', '-safe', '0', '-i'];

function streamArguments(output: JoinedOutput, inputs: { readonly picture: number; readonly sound: number }): string[] {
  return [
    ...(output.kind === 'film' ? ['-map', `${inputs.picture}:0`, '-c:v', 'copy'] : []),
    ...(output.sound === null
      ? []
      : ['-map', `${inputs.sound}:0`, '-af', 'asetpts=N/SR/TB', ...audioArguments(output.sound)]),
  ];
}

function listOf(files: readonly string[], folder: string): string {
  const quoted = files.map((file) => `file 'file:${`${folder}/${file}`.replaceAll("'", "'\\''")}'\n`);
  return `ffconcat version 1.0\n${quoted.join('')}`;
}
