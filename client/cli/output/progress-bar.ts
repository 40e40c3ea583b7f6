import type { SourceLength } from '../source/source-length.ts';
import { clock } from './words.ts';

/** The progress in seconds of the source, and the length of the requested part. */
export type Progress = { readonly seconds: number; readonly total: SourceLength | undefined; readonly bytes: number };

export type ProgressBar = {
  show(progress: Progress): void;
  /** Clears the line for the next output. */
  end(): void;
};

const WIDTH = 40;
const LINE_EVERY_SECONDS = 30;

/** Redraws one line on a terminal. Elsewhere prints a line for each quarter, or each 30 s if the end is unknown. */
export function createProgressBar(stream: NodeJS.WriteStream): ProgressBar {
  let isDrawn = false;
  let lines = 0;
  return {
    show(progress) {
      const { seconds, bytes } = progress;
      const share = shareOf(progress);
      const where = share === undefined ? clock(seconds) : `${percent(share)}  ${place(progress)}`;
      if (stream.isTTY) {
        stream.write(`\r${share === undefined ? '' : bar(share)}${where}\x1b[K`);
        isDrawn = true;
        return;
      }
      const reached = share === undefined ? Math.floor(seconds / LINE_EVERY_SECONDS) : Math.floor(share * 4);
      if (reached <= lines || share === 1) return;
      lines = reached;
      stream.write(`${where.trimStart()}  ${bytes} bytes\n`);
    },
    end() {
      if (isDrawn) stream.write('\r\x1b[K');
      isDrawn = false;
    },
  };
}

/** Returns the share that is done, 0–1; undefined when the end is unknown or its estimate was too short. */
export function shareOf({ seconds, total }: Omit<Progress, 'bytes'>): number | undefined {
  if (total === undefined || total.seconds <= 0 || (total.isEstimate && seconds > total.seconds)) return undefined;
  return Math.min(1, seconds / total.seconds);
}

/** Returns a bar that is filled up to a share, 0–1. */
export function bar(share: number): string {
  const filled = Math.round(share * WIDTH);
  return `[${'█'.repeat(filled)}${'·'.repeat(WIDTH - filled)}] `;
}

function percent(share: number): string {
  return `${String(Math.floor(share * 100)).padStart(3)} %`;
}

function place({ seconds, total }: Progress): string {
  if (total === undefined) return clock(seconds);
  return `${clock(seconds)} of ${total.isEstimate ? 'about ' : ''}${clock(total.seconds)}`;
}
