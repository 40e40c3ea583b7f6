import { clock } from './words.ts';

/** How far it is; seconds of the source. */
export type Progress = { readonly seconds: number; readonly total: number | undefined; readonly bytes: number };

export type ProgressBar = {
  show(progress: Progress): void;
  /** Leaves the line to what comes next. */
  end(): void;
};

const WIDTH = 40;
const LINE_EVERY_SECONDS = 30;

/** On a terminal one line that is drawn over; elsewhere a line for each quarter, or each half minute where the end is not known. */
export function createProgressBar(stream: NodeJS.WriteStream): ProgressBar {
  let isDrawn = false;
  let lines = 0;
  return {
    show({ seconds, total, bytes }) {
      const share = total === undefined ? undefined : Math.min(1, seconds / total);
      if (stream.isTTY) {
        stream.write(`\r${line(share, seconds, total)}\x1b[K`);
        isDrawn = true;
        return;
      }
      const reached = share === undefined ? Math.floor(seconds / LINE_EVERY_SECONDS) : Math.floor(share * 4);
      if (reached <= lines || share === 1) return;
      lines = reached;
      stream.write(`${line(share, seconds, total)}  ${bytes} bytes\n`);
    },
    end() {
      if (isDrawn) stream.write('\r\x1b[K');
      isDrawn = false;
    },
  };
}

function line(share: number | undefined, seconds: number, total: number | undefined): string {
  if (share === undefined || total === undefined) return clock(seconds);
  const filled = Math.round(share * WIDTH);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${'█'.repeat(filled)}${'·'.repeat(WIDTH - filled)}] ${percent} %  ${clock(seconds)} of ${clock(total)}`;
}
