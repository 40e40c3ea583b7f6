import { confinedInput } from '#lib/jobs/media/formats.ts';
import type { CopiedPart, CopiedPicture } from '#lib/jobs/plan/job-plan.ts';
import { perSecond } from '#lib/jobs/plan/rates.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import { copiedPicture, idle, tagOf } from './copied-packets.ts';
import { CHUNK_MUXER } from './encoders.ts';
import type { EncodeStage, StageFiles } from './stage.ts';

type Cut = { readonly part: CopiedPart; readonly file: string };
type CutOptions = StageFiles & { readonly picture: CopiedPicture };

/** Copies the packets of several clips, each to a file that has the time base of its frame rate. */
export function cutStage(name: string, cuts: readonly Cut[], { picture, files, folder }: CutOptions): EncodeStage {
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
      picture: copiedPicture(picture, part.frames, part.seekSeconds === null ? undefined : part.firstBytes),
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
