import type { FfmpegOutcome } from './outcome.ts';
import { type FfmpegCommand, type FfmpegOptions, type FfmpegProcess, type StopPolicy, startFfmpeg } from './process.ts';
import { createStandby } from './standby.ts';

/** `limits` are the defaults for commands that set no others. */
export type SupervisorOptions = Omit<FfmpegOptions, 'stop' | 'standby'> & {
  readonly stopGraceMs: number;
  readonly onOutcome: (outcome: FfmpegOutcome) => void;
};

/** Starts ffmpeg processes with limits, for all kinds of work, and tracks those that are running. */
export type FfmpegSupervisor = {
  start(command: FfmpegCommand, stop: StopPolicy['by']): FfmpegProcess;
  /** Returns the ids of the running processes. */
  pids(): number[];
  /** Ends the launcher that waits for the next command. */
  close(): void;
};

export function createFfmpegSupervisor(options: SupervisorOptions): FfmpegSupervisor {
  const running = new Set<FfmpegProcess>();
  const standby = createStandby();
  return {
    start(command, by) {
      const process = startFfmpeg(command, { ...options, standby, stop: { by, graceMs: options.stopGraceMs } });
      running.add(process);
      void process.outcome.then((outcome) => {
        running.delete(process);
        options.onOutcome(outcome);
      });
      return process;
    },
    pids: () => [...running].map(({ pid }) => pid),
    close: standby.close,
  };
}
