import { confinedInput } from '#lib/jobs/media/formats.ts';
import type { CopiedPart, CopiedPicture, PlannedCopy, SoundUnderCopy } from '#lib/jobs/plan/job-plan.ts';
import { perSecond, SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import type { Expected } from '#lib/jobs/verify/expected.ts';
import { CHUNK_MUXER, demuxerFor, muxerArguments } from './encoders.ts';
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
  const expected = expectedOf(output, index, texts);
  const first = 1 + heard.length + texts.length;
  const added = encodedSound(sound, { chunks: heard.length > 0 ? 1 : null, first, ...where });
  return {
    ...idle(name, output.seconds),
    args: [
      ...copied.args,
      ...heard.flatMap((list) => [...LIST_INPUT, `file:${folder}/${list.name}`]),
      ...subtitleInputs(texts, folder),
      ...added.inputs,
      ...(picture === null ? [] : ['-map', `0:${copied.stream}`, '-c:v', 'copy', ...tagOf(picture)]),
      ...(sound?.treatment === 'copied' ? ['-map', `0:${sound.stream}`, '-c:a', 'copy'] : []),
      ...added.stream,
      ...subtitleStreams(texts, 1 + heard.length),
      ...muxerArguments(output.format),
      ...['-y', `file:${folder}/${expected.file}`],
    ],
    ...writtenForJoin({ lists: [...copied.lists, ...heard], texts, folder }),
    inputs: [...new Set([...copied.inputs, ...added.used])],
    outputs: [expected.file],
    expected: [expected],
  };
}

type SoundInputs = StageFiles & { readonly chunks: number | null; readonly first: number };

/** Returns what is opened for sound that is encoded, and its graph and options. */
function encodedSound(under: SoundUnderCopy | null, inputs: SoundInputs) {
  if (under?.treatment !== 'encoded') return { inputs: [], used: [], stream: [] };
  const { mix, sound } = under;
  const { graph, stream, ...opened } = joinedSound({ mix, samples: sound.samples, count: 1, ...inputs });
  return { ...opened, stream: [...graph, ...stream(sound, 0)] };
}

type Cut = { readonly part: CopiedPart; readonly file: string };
type CutOptions = StageFiles & { readonly picture: CopiedPicture };

/** Copies the packets of several clips, each to a file that has the time base of its frame rate. */
function cutStage(name: string, cuts: readonly Cut[], { picture, files, folder }: CutOptions): EncodeStage {
  const { rate } = picture;
  return {
    ...idle(name, cuts.reduce((sum, { part }) => sum + part.frames, 0) / perSecond(rate)),
    args: [
      ...cuts.flatMap(({ part }) => [
        ...seekTo(part, rate).input,
        ...confinedInput(files.get(part.input) ?? '', part.container),
      ]),
      ...cuts.flatMap(({ part, file }, number) => [
        ...['-map', `${number}:${part.stream}`, '-c:v', 'copy', '-frames:v', String(part.frames)],
        ...seekTo(part, rate).output,
        // All time stamps count from the first frame, which is shown first, too.
        ...['-bsf:v', 'setts=pts=PTS-STARTPTS:dts=DTS-STARTPTS', '-video_track_timescale', String(rate.num)],
        ...[...tagOf(picture), ...CHUNK_MUXER, '-y', `file:${folder}/${file}`],
      ]),
    ],
    inputs: [...new Set(cuts.map(({ part }) => part.input))],
    outputs: cuts.map(({ file }) => file),
    expected: cuts.map(({ part, file }) => ({
      ...{ file, demuxer: 'mov', output: null, sound: null },
      picture: pictureOf(picture, part.frames, part.seekSeconds === null ? undefined : part.firstBytes),
    })),
  };
}

/** How far before a cut an input is opened: a seek may end before the key frame, but must not end after it. */
const MARGIN_SECONDS = 10;

/**
 * Returns the time to which an input is opened, and the time after it at which the first packet is decoded. Half a frame
 * less, so that rounding never leaves it out.
 */
function seekTo(
  { seekSeconds, decodedSeconds }: CopiedPart,
  rate: FrameRate,
): { readonly input: string[]; readonly output: string[] } {
  if (seekSeconds === null) return { input: [], output: [] };
  const opened = Math.max(0, Math.floor(seekSeconds - MARGIN_SECONDS));
  const skipped = decodedSeconds - opened - 0.5 / perSecond(rate);
  return {
    input: opened === 0 ? [] : ['-noaccurate_seek', '-ss', String(opened)],
    output: ['-ss', skipped.toFixed(6)],
  };
}

/** What players of Apple ask of HEVC in MP4. */
function tagOf({ codec }: CopiedPicture): string[] {
  return codec === 'hevc' ? ['-tag:v', 'hvc1'] : [];
}

/** A stage that encodes no picture. */
function idle(name: string, seconds: number): Omit<EncodeStage, 'args' | 'outputs' | 'expected'> {
  return {
    name,
    writes: [],
    inputs: [],
    weight: { frames: 0, seconds, speed: COPY_SPEED },
    frees: [],
  };
}

/** How many times faster a second is copied than a second of sound is encoded. */
const COPY_SPEED = 20;

function expectedOf(output: PlannedCopy, index: number, texts: readonly SubtitleFile[]): Expected {
  const { picture, sound } = output;
  return {
    ...{ file: fileOf(output, index), demuxer: demuxerFor(output.format), output: index },
    picture: picture && pictureOf(picture, picture.frames),
    sound: sound && soundOf(sound),
    subtitles: texts.map(({ cues }) => cues),
  };
}

function pictureOf(
  { codec, width, height, rotation, rate, isRegular }: CopiedPicture,
  frames: number,
  firstBytes?: number,
): Expected['picture'] {
  return {
    codec,
    width,
    height,
    rotation,
    frames,
    rate: isRegular ? perSecond(rate) : null,
    ...(firstBytes === undefined ? {} : { firstBytes }),
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
