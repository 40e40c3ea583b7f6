import type { Cut, PictureFacts } from './facts.ts';

/** The packet of a frame, in the order of decoding. Time stamps are those of the file. */
export type FramePacket = {
  /** When it is shown, as far as the container says so. */
  readonly seconds: number;
  readonly isTimed: boolean;
  readonly decodedSeconds: number;
  readonly bytes: number;
  readonly isKey: boolean;
  readonly isHidden: boolean;
};

export type FrameTimes = {
  read(packet: FramePacket): void;
  /** Returns what the packets show. `fileStart`: the time stamp that counts as 0. */
  measured(
    fileStart: number,
  ): Pick<PictureFacts, 'cuts' | 'isRegular' | 'hasHiddenFrames' | 'hasShownTimes' | 'firstBytes'>;
};

/** Part of a frame's length by which a regular time stamp may differ: Matroska rounds to milliseconds. */
const ROUNDING_FRAMES = 0.1;

/** Finds out where a stream of pictures can be cut, and whether its frames follow each other at its rate. */
export function frameTimes({ baseRate }: Pick<PictureFacts, 'baseRate'>): FrameTimes {
  const cuts: Cut[] = [];
  let [frames, first, firstBytes, latest] = [0, 0, 0, Number.NEGATIVE_INFINITY];
  let [isEven, hasHidden, hasShownTimes] = [baseRate !== null, false, true];

  return {
    read({ seconds, isTimed, decodedSeconds, bytes, isKey, isHidden }) {
      if (frames === 0) [first, firstBytes] = [seconds, bytes];
      // A frame that is decoded after a key frame and shown before it needs what came before the key frame, too.
      while ((cuts.at(-1)?.seconds ?? Number.NEGATIVE_INFINITY) > seconds) cuts.pop();
      if (isKey && seconds > latest) cuts.push({ seconds, decodedSeconds, frame: frames, bytes });
      const place = (seconds - first) * (baseRate ?? 0);
      isEven &&= Math.abs(place - Math.round(place)) < ROUNDING_FRAMES;
      hasHidden ||= isHidden;
      hasShownTimes &&= isTimed;
      latest = Math.max(latest, seconds);
      frames += 1;
    },
    measured(fileStart) {
      const span = Math.round((latest - first) * (baseRate ?? 0)) + 1;
      return {
        cuts: cuts.map(({ seconds, decodedSeconds, ...rest }) => ({
          ...{ seconds: seconds - fileStart, decodedSeconds: decodedSeconds - fileStart },
          ...rest,
        })),
        firstBytes,
        isRegular: isEven && span === frames,
        hasHiddenFrames: hasHidden,
        hasShownTimes,
      };
    },
  };
}
