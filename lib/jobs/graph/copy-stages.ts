import { confinedInput } from '#lib/jobs/media/formats.ts';
import type { PlannedCopy, SoundUnderCopy } from '#lib/jobs/plan/job-plan.ts';
import { SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import type { Expected } from '#lib/jobs/verify/expected.ts';
import { chapterInputs, chapterStreams, chaptersFile, withChapters } from './chapters-file.ts';
import { copiedPicture, idle, tagOf } from './copied-packets.ts';
import { cutStage } from './cut-stage.ts';
import { demuxerFor, muxerArguments } from './encoders.ts';
import { type FileList, LIST_INPUT, writtenForJoin } from './file-list.ts';
import { joinedSound } from './joined-sound.ts';
import { fileOf } from './output-targets.ts';
import { MOST_CLIPS, trackRunsOf } from './runs.ts';
import { trackStage } from './sound-stage.ts';
import type { EncodeStage, StageFiles } from './stage.ts';
import { type SubtitleFile, subtitleFiles, subtitleInputs, subtitleStreams } from './subtitle-files.ts';

/** A file of which a stream at least is copied. */
export type NumberedCopy = {
  readonly output: PlannedCopy;
  /** Its place among the files of the plan. */
  readonly index: number;
  /** The number of its output in the request. */
  readonly number: number;
};

/**
 * Returns the stages of a file that is copied: one that puts a whole input into another container, or those that cut
 * out the packets of each clip, encode the sound over the whole, and join both.
 */
export function copyStages(copy: NumberedCopy, where: StageFiles): EncodeStage[] {
  return stagesOf(copy, where).map((stage) => ({ ...stage, copies: copy.number }));
}

type Placed = Omit<NumberedCopy, 'number'>;

function stagesOf({ output, index }: Placed, where: StageFiles): EncodeStage[] {
  const { picture, sound, whole } = output;
  const name = `copy ${index + 1}`;
  const runs = sound?.treatment === 'encoded' ? trackRunsOf(sound.track) : [];
  const sounds = runs.map((_, run) => `copy-${index}-${run}.wav`);
  const heard = runs.map((track, run) => {
    const options = { plan: { fps: picture?.rate ?? ANY_RATE, layers: [] }, ...where };
    return trackStage(`${name}, sound ${run + 1} of ${runs.length}`, track, sounds[run] ?? '', options);
  });
  if (whole !== null || picture === null) {
    const copied = wholeInput(output, where);
    return [...heard, finishStage(name, { output, index, copied, sounds }, where)];
  }
  const chunks = picture.parts.map((_, part) => `copy-${index}-${part}.mp4`);
  const cut = batchesOf(picture.parts.map((part, number) => ({ part, file: chunks[number] ?? '' })));
  return [
    ...cut.map((batch, number) =>
      cutStage(`${name}, cut ${number + 1} of ${cut.length}`, batch, { picture, ...where }),
    ),
    ...heard,
    finishStage(`${name}, join`, { output, index, copied: joinedChunks(index, chunks, where), sounds }, where),
  ];
}

/** Sound alone has no frames. */
const ANY_RATE: FrameRate = { num: 25, den: 1 };

/** Where the picture of a file, or its only sound, is copied from. */
type Copied = {
  readonly args: readonly string[];
  readonly stream: number;
  readonly inputs: readonly string[];
  readonly lists: readonly FileList[];
};

/** Returns the only input of a file, as it is. */
function wholeInput({ whole, picture }: PlannedCopy, { files }: StageFiles): Copied {
  const { input, container } = whole ?? { input: '', container: '' };
  const args = confinedInput(files.get(input) ?? '', container);
  return { args, stream: picture?.parts[0]?.stream ?? 0, inputs: [input], lists: [] };
}

/** Returns the joined packets of all clips. */
function joinedChunks(index: number, files: readonly string[], { folder }: StageFiles): Copied {
  const list = { name: `copy-${index}.txt`, files };
  return { args: [...LIST_INPUT, `file:${folder}/${list.name}`], stream: 0, inputs: [], lists: [list] };
}

type Finish = Placed & { readonly copied: Copied; readonly sounds: readonly string[] };

/** Copies streams into the file, with the sound of chunks if there are any, and subtitles. */
function finishStage(name: string, { output, index, copied, sounds }: Finish, where: StageFiles): EncodeStage {
  const { folder } = where;
  const { picture, sound } = output;
  const heard = sounds.length > 0 ? [{ name: `copy-${index}-sound.txt`, files: sounds }] : [];
  const texts = subtitleFiles(output, index);
  const chapters = chaptersFile(output.chapters);
  const expected = { ...expectedOf(output, index, texts), chapters: chapters?.count ?? 0 };
  const written = withChapters(texts, chapters);
  const first = 1 + heard.length + written.length;
  const added = encodedSound(sound, { chunks: heard.length > 0 ? 1 : null, first, ...where });
  return {
    ...idle(name, output.seconds),
    ...(added.isMixed && { weight: { frames: 0, seconds: output.seconds } }),
    args: [
      ...copied.args,
      ...heard.flatMap((list) => [...LIST_INPUT, `file:${folder}/${list.name}`]),
      ...[...subtitleInputs(texts, folder), ...chapterInputs(chapters, folder), ...added.inputs],
      ...(picture === null ? [] : ['-map', `0:${copied.stream}`, '-c:v', 'copy', ...tagOf(picture)]),
      ...(sound?.treatment === 'copied' ? ['-map', `0:${sound.stream}`, '-c:a', 'copy'] : []),
      ...added.stream,
      ...subtitleStreams(texts, 1 + heard.length),
      ...muxerArguments(output.format),
      ...chapterStreams(chapters, 1 + heard.length + texts.length),
      ...['-y', `file:${folder}/${expected.file}`],
    ],
    ...writtenForJoin({ lists: [...copied.lists, ...heard], texts: written, folder }),
    inputs: [...new Set([...copied.inputs, ...added.used])],
    outputs: [expected.file],
    expected: [expected],
  };
}

type SoundInputs = StageFiles & { readonly chunks: number | null; readonly first: number };

/** Returns what is opened for sound that is encoded, and its graph and options. */
function encodedSound(under: SoundUnderCopy | null, inputs: SoundInputs) {
  if (under?.treatment !== 'encoded') return { inputs: [], used: [], stream: [], isMixed: false };
  const { mix, sound } = under;
  const { graph, stream, ...opened } = joinedSound({ mix, samples: sound.samples, count: 1, ...inputs });
  return { ...opened, stream: [...graph, ...stream(sound, 0)], isMixed: graph.length > 0 };
}

function expectedOf(output: PlannedCopy, index: number, texts: readonly SubtitleFile[]): Expected {
  const { picture, sound } = output;
  return {
    ...{ file: fileOf(output, index), demuxer: demuxerFor(output.format), output: index },
    picture: picture && copiedPicture(picture, picture.frames),
    sound: sound && soundOf(sound),
    subtitles: texts.map(({ cues }) => cues),
  };
}

function soundOf(under: SoundUnderCopy): Expected['sound'] {
  if (under.treatment === 'encoded') {
    return { codec: under.sound.codec, samples: under.sound.samples, rate: SAMPLE_RATE };
  }
  return { codec: under.codec, samples: Math.round(under.seconds * SAMPLE_RATE), rate: SAMPLE_RATE };
}

function batchesOf<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / MOST_CLIPS) }, (_, batch) =>
    items.slice(batch * MOST_CLIPS, (batch + 1) * MOST_CLIPS),
  );
}
