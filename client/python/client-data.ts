import { z } from 'zod';
import { PATHS } from '#lib/api/paths.ts';
import { ERROR_CATALOGUE } from '#lib/errors.ts';
import { confine } from '#lib/ffmpeg/confinement.ts';
import { FAILURE_WORDS } from '#lib/ffmpeg/failure-words.ts';
import { EXIT_ENOMEM, OUT_OF_MEMORY } from '#lib/ffmpeg/outcome.ts';
import { TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import { REDACTED } from '#lib/redaction-rules.ts';
import { PORTS } from '#lib/sources/connection/address-policy.ts';
import type { RestartPolicy } from '#lib/work/restart-policy.ts';
import { FINAL_CODES, SOURCE_CODES } from '../legs/failures.ts';
import { MEMORY_BYTES } from '../legs/fallback-leg.ts';
import { EVENTS_RESTART } from '../legs/follow-changes.ts';
import { SKIPPED_SECOND_MS } from '../legs/leg.ts';
import { SOURCE_LIMITS } from '../legs/local-source.ts';
import { BREAKER, RETRY } from '../options.ts';
import { CODE_OF_STATUS } from '../service/error-response.ts';
import { POLL_AGAIN, POLL_MS, SUBMIT_AGAIN } from '../service/jobs.ts';
import { TIMEOUTS } from '../stream/timeouts.ts';
import { FILTER_MEMORY_SECONDS, LEAD_UNITS, STRETCHER_GRID_SAMPLES } from '../units/format.ts';

/** Returns the data of the TypeScript client and the API, by its names in the Python module. Times are in seconds. */
export function clientData(): Record<string, unknown> {
  return {
    PATHS: PATHS,
    ...requestData(),
    ERRORS: Object.fromEntries(
      Object.entries(ERROR_CATALOGUE).map(([code, { recoverable, message }]) => [code, { recoverable, message }]),
    ),
    CODE_OF_STATUS: CODE_OF_STATUS,
    FINAL_CODES: [...FINAL_CODES],
    SOURCE_CODES: [...SOURCE_CODES],
    FAILURES: FAILURE_WORDS.map(({ pattern, code, recoverable }) => [pattern, code, recoverable]),
    OUT_OF_MEMORY: { exit_code: EXIT_ENOMEM, pattern: OUT_OF_MEMORY.source },
    REDACTED: REDACTED,
    MEMORY_BYTES: MEMORY_BYTES,
    SOURCE_PORTS: PORTS.SOURCE.map(({ first, last }) => [first, last]),
    SOURCE_LIMITS: inSeconds(SOURCE_LIMITS),
    LAUNCHER: launcher(),
    TIMEOUTS: inSeconds(TIMEOUTS),
    RETRY: inSeconds(RETRY),
    BREAKER: inSeconds(BREAKER),
    EVENTS_DELAYS: EVENTS_RESTART.delaysMs.map((ms) => ms / 1_000),
    JOB_DELAYS: jobDelays(),
    SKIPPED_SECOND: SKIPPED_SECOND_MS / 1_000,
    FILTER_MEMORY_SECONDS: FILTER_MEMORY_SECONDS,
    LEAD_UNITS: LEAD_UNITS,
    STRETCHER_GRID_SAMPLES: STRETCHER_GRID_SAMPLES,
  };
}

/** The delays of requests for jobs, in seconds. */
function jobDelays() {
  const delays = ({ delaysMs, maxFailures = 0 }: RestartPolicy) =>
    Array.from({ length: maxFailures }, (_, index) => (delaysMs[Math.min(index, delaysMs.length - 1)] ?? 0) / 1_000);
  return { submit: delays(SUBMIT_AGAIN), wait: delays(POLL_AGAIN), poll: POLL_MS / 1_000 };
}

type Field = { readonly default?: unknown; readonly maximum?: number; readonly maxLength?: number };

/** Returns the defaults and limits of a request. */
function requestData() {
  const schema = z.toJSONSchema(TRANSCODE_REQUEST, { io: 'input' }) as { properties: Record<string, Field> };
  const { source_url, start_at, filters: _, ...fields } = schema.properties;
  const defaults = Object.entries(fields).filter(([, field]) => field.default !== undefined);
  return {
    REQUEST_DEFAULTS: Object.fromEntries(defaults.map(([name, field]) => [name, field.default])),
    LONGEST_URL: source_url?.maxLength,
    LONGEST_SECONDS: start_at?.maximum,
  };
}

/** `probeEveryMs: 1000` becomes `probe_every: 1`. */
function inSeconds(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const words = name.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return [words, name.endsWith('Ms') ? value / 1_000 : value];
    }),
  );
}

/** Returns the script that limits the memory, checks that the owner is alive, and executes the command. */
function launcher(): string {
  const starter = { kind: 'shell', setpriv: undefined } as const;
  const { args } = confine({ file: 'f', args: [] }, { ownerPid: 1, memoryBytes: 1_024, starter });
  return args[args.indexOf('-c') + 1] ?? '';
}
