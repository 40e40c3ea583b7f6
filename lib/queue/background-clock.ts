import type { Clock, ClockTimer } from 'pg-boss';

/** The system's clock, with timers that do not keep the process alive. */
export const backgroundClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms).unref(),
  clearTimeout: (timer: ClockTimer) => clearTimeout(timer as NodeJS.Timeout),
  setInterval: (run, ms) => setInterval(run, ms).unref(),
  clearInterval: (timer: ClockTimer) => clearInterval(timer as NodeJS.Timeout),
};
