import type { JobRecord } from '../../service/job-record.ts';
import { progressInWords } from './job-line.ts';
import { bar } from './progress-bar.ts';

export type JobBar = {
  show(job: JobRecord): void;
  /** Clears the line for the next output. */
  end(): void;
};

/** Redraws one line on a terminal. Elsewhere prints a line for each phase and each quarter. */
export function createJobBar(stream: NodeJS.WriteStream): JobBar {
  let isDrawn = false;
  let last = '';
  return {
    show(job) {
      const { status, phase, progress } = job;
      if (stream.isTTY) {
        stream.write(`\r${progress === null ? '' : bar(progress / 100)}${progressInWords(job)}\x1b[K`);
        isDrawn = true;
        return;
      }
      const now = [status, phase, Math.floor((progress ?? 0) / 25)].join();
      if (now !== last) stream.write(`${progressInWords(job).trimStart()}\n`);
      last = now;
    },
    end() {
      if (isDrawn) stream.write('\r\x1b[K');
      isDrawn = false;
    },
  };
}
