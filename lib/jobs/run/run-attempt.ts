import type { AppError } from '#lib/errors.ts';
import type { AttemptHooks, AttemptOutcome, StoredResult } from '#lib/jobs/attempt.ts';
import { stages } from '#lib/jobs/graph/stages.ts';
import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import { mediaInputs, usedInputs } from '#lib/jobs/spec/base.ts';
import { asRunner } from './as-runner.ts';
import { type AttemptReport, startReport } from './attempt-report.ts';
import { AttemptStopped } from './attempt-stopped.ts';
import { type BegunObjects, createBegunObjects } from './begun-objects.ts';
import { deliver, type FinishedFile } from './deliver.ts';
import { CopyFailed, encode, unitsOf } from './encode.ts';
import { diskFull, isDiskFull, located } from './failures.ts';
import { fetchInputs } from './fetch-inputs.ts';
import { planInputs } from './plan-inputs.ts';
import { plannedBytes } from './planned-bytes.ts';
import { probeInputs } from './probe-inputs.ts';
import { readTexts } from './read-texts.ts';
import type { JobPrograms, RunnableJob, RunTools } from './run-tools.ts';
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
    return { kind: 'completed', result, warnings };
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

async function produce(job: RunnableJob, attempt: Attempt): Promise<StoredResult> {
  const { tools, report, objects, scratch, signal } = attempt;
  const { sources, limits, results, destinations } = tools;
  const programs = await tools.programs();

  report.enter('fetching');
  const inputs = await fetchInputs(
    usedInputs(job.spec).map((name) => ({ name, url: job.spec.inputs[name]?.url ?? '' })),
    {
      ...{ sources, scratch, limits, signal, caller: asRunner({ subject: job.owner }) },
      expect: (bytes) => report.expect('fetching', bytes),
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
  const finished = await make(job, { ...attempt, programs, facts, texts, files, inputBytes });

  report.enter('uploading');
  const outputs = await deliver(finished, {
    ...{ job, results, destinations, scratch, limits, signal, begin: objects.begin },
    expect: (bytes) => report.expect('uploading', bytes),
    sent: (bytes) => report.did('uploading', bytes),
  });
  return { outputs, cached: false };
}

type Making = Attempt & {
  readonly programs: JobPrograms;
  readonly facts: ReadonlyMap<string, MediaFacts>;
  readonly texts: ReadonlyMap<string, Uint8Array>;
  readonly files: ReadonlyMap<string, string>;
  readonly inputBytes: number;
};

/** Plans, encodes and copies. What cannot be copied as planned is encoded. */
async function make(job: RunnableJob, making: Making): Promise<FinishedFile[]> {
  const { tools, report, scratch, warnings, signal, programs, facts, texts, files, inputBytes } = making;
  const { limits, supervisor } = tools;
  const notCopied = new Map<number, string>();
  for (;;) {
    report.enter('probing');
    const planned = await planInputs(job.spec, { programs, scratch, limits, signal, facts, texts, files, notCopied });
    warnings.splice(0, warnings.length, ...planned.warnings);
    await scratch.requireRoom(plannedBytes(planned));
    const encoding = stages(planned, { files, folder: 'outputs' });
    report.plan(planned.seconds);
    for (const stage of encoding) report.expect('encoding', unitsOf(stage));

    report.enter('encoding');
    try {
      return await encode(encoding, {
        ...{ plan: planned, files, programs, supervisor, scratch, limits, inputBytes, signal, log: report.log },
        encoded: (units) => report.did('encoding', units),
        usedCpu: (seconds) => tools.usedCpu?.(job.account, seconds),
      });
    } catch (error) {
      if (!(error instanceof CopyFailed)) throw error;
      notCopied.set(error.output, `a copy was tried: ${error.message}`);
      await scratch.empty('outputs');
    }
  }
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
