import type { FfmpegOutcome } from './outcome.ts';
import { type FfmpegCommand, type FfmpegLimits, type FfmpegProcess, type StopPolicy, startFfmpeg } from './process.ts';

export type SupervisorOptions = {
  /** Of every ffmpeg whose command names no others. */
  readonly limits: FfmpegLimits;
  readonly stopGraceMs: number;
  readonly setpriv: string | undefined;
  readonly onOutcome: (outcome: FfmpegOutcome) => void;
};

/** Starts ffmpeg within limits, for all kinds of work, and knows those that run. */
export type FfmpegSupervisor = {
  start(command: FfmpegCommand, stop: StopPolicy['by']): FfmpegProcess;
  /** Ids of the processes that run now. */
  pids(): number[];
};

export function createFfmpegSupervisor({
  limits,
  stopGraceMs,
  setpriv,
  onOutcome,
}: SupervisorOptions): FfmpegSupervisor {
  const running = new Set<FfmpegProcess>();
  return {
    start(command, by) {
      const process = startFfmpeg(command, { limits, setpriv, stop: { by, graceMs: stopGraceMs } });
      running.add(process);
      void process.outcome.then((outcome) => {
        running.delete(process);
        onOutcome(outcome);
      });
      return process;
    },
    pids: () => [...running].map(({ pid }) => pid),
  };
}
