import type { AppError } from '#lib/errors.ts';
import type { AttemptHooks, AttemptOutcome } from '#lib/jobs/attempt.ts';
import { buildOf, cacheKeysOf } from '#lib/jobs/cache-keys.ts';
import { mediaInputs, usedInputs } from '#lib/jobs/spec/base.ts';
import { asRunner } from './as-runner.ts';
import { type AttemptReport, startReport } from './attempt-report.ts';
import { AttemptStopped } from './attempt-stopped.ts';
import { type BegunObjects, createBegunObjects } from './begun-objects.ts';
import { deliver } from './deliver.ts';
import { diskFull, isDiskFull, located } from './failures.ts';
import { fetchInputs } from './fetch-inputs.ts';
import { makeFiles } from './make-files.ts';
import { probeInputs } from './probe-inputs.ts';
import { readTexts } from './read-texts.ts';
import type { RunnableJob, RunTools } from './run-tools.ts';
import { createScratch, type Scratch } from './scratch.ts';

/**
 * Runs one attempt of a job: fetches the inputs, probes and plans, encodes, verifies, uploads. Never rejects. When it
 * resolves, no process and no scratch is left, and no object unless it has completed. `signal` is aborted with an
 * `AttemptStopped`; any other reason hands the job back.
 */
export async function runAttempt(
  job: RunnableJob,
  tools: RunTools,
  hooks: AttemptHooks,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const report = startReport(hooks, { floor: job.progress, now: tools.now });
  const objects = createBegunObjects(hooks.object, tools.results);
  const warnings: string[] = [];
  let scratch: Scratch | undefined;
  try {
    signal.throwIfAborted();
    scratch = await createScratch({ ...tools.scratch, jobId: job.id, attempt: job.attempt });
    const result = await produce(job, { tools, report, objects, scratch, warnings, signal });
    return { kind: 'completed', ...result, warnings };
  } catch (error) {
    await objects.discard();
    return outcomeOf(error, { signal, phase: report.phase() });
  } finally {
    report.close();
    // What is left is removed by the next sweep.
    await scratch?.remove().catch(() => undefined);
  }
}

type Attempt = {
  readonly tools: RunTools;
  readonly report: AttemptReport;
  readonly objects: BegunObjects;
  readonly scratch: Scratch;
  readonly warnings: string[];
  readonly signal: AbortSignal;
};

type Produced = Pick<Extract<AttemptOutcome, { kind: 'completed' }>, 'result' | 'cache'>;

async function produce(job: RunnableJob, attempt: Attempt): Promise<Produced> {
  const { tools, report, objects, scratch, warnings, signal } = attempt;
  const { sources, limits, results, destinations } = tools;
  const programs = await tools.programs();

  report.enter('fetching');
  const inputs = await fetchInputs(
    usedInputs(job.spec).map((name) => ({ name, url: job.spec.inputs[name]?.url ?? '' })),
    {
      ...{ sources, scratch, limits, signal, caller: asRunner({ subject: job.owner }) },
      expect(bytes) {
        report.expect('fetching', bytes);
        tools.watch?.expect(bytes);
      },
      fetched: (bytes) => report.did('fetching', bytes),
    },
  );

  const inputBytes = inputs.reduce((sum, { bytes }) => sum + bytes, 0);
  tools.fetched?.(inputBytes);

  report.enter('probing');
  const texts = await readTexts(job.spec, inputs, scratch);
  const media = mediaInputs(job.spec);
  const probed = inputs.filter(({ name }) => media.includes(name));
  const facts = await probeInputs(probed, { programs, scratch, limits, signal });
  const files = new Map(inputs.map(({ name, file }) => [name, file]));
  const finished = await makeFiles(job, {
    tools,
    report,
    scratch,
    warnings,
    signal,
    programs,
    facts,
    texts,
    files,
    inputBytes,
  });

  report.enter('uploading');
  const outputs = await deliver(finished, {
    ...{ job, results, destinations, scratch, limits, signal, begin: objects.begin },
    expect: (bytes) => report.expect('uploading', bytes),
    sent: (bytes) => report.did('uploading', bytes),
  });
  const versions = new Map(inputs.flatMap(({ name, version }) => (version === undefined ? [] : [[name, version]])));
  const keys = await cacheKeysOf(job.spec, versions);
  const build = await buildOf(programs.ffmpeg.capabilities);
  return { result: { outputs, cached: false }, cache: keys && { key: keys.result, build } };
}

type Ended = { readonly signal: AbortSignal; readonly phase: string };

function outcomeOf(error: unknown, { signal, phase }: Ended): AttemptOutcome {
  if (signal.aborted) {
    const kind = signal.reason instanceof AttemptStopped ? signal.reason.kind : 'handed_back';
    return { kind: kind === 'cancelled' ? kind : 'handed_back' };
  }
  const failure: AppError = isDiskFull(error) ? diskFull({ phase }, error) : located(error, { phase });
  return { kind: 'failed', error: failure, retry: failure.recoverable };
}
