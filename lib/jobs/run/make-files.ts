import { stages } from '#lib/jobs/graph/stages.ts';
import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import type { AttemptReport } from './attempt-report.ts';
import type { FinishedFile } from './deliver.ts';
import type { FinishedPackage } from './deliver-package.ts';
import { CopyFailed, encode, unitsOf } from './encode.ts';
import { finishPackages } from './finish-packages.ts';
import { planInputs } from './plan-inputs.ts';
import { plannedBytes } from './planned-bytes.ts';
import type { JobPrograms, RunnableJob, RunTools } from './run-tools.ts';
import type { Scratch } from './scratch.ts';

export type MakeOptions = {
  readonly tools: Pick<RunTools, 'limits' | 'supervisor' | 'usedCpu' | 'watch'>;
  readonly report: AttemptReport;
  readonly scratch: Scratch;
  /** Gets the warnings of the plan, and those of the encoding. */
  readonly warnings: string[];
  readonly programs: JobPrograms;
  readonly facts: ReadonlyMap<string, MediaFacts>;
  /** Input → bytes of subtitles. */
  readonly texts: ReadonlyMap<string, Uint8Array>;
  readonly files: ReadonlyMap<string, string>;
  readonly inputBytes: number;
  readonly signal: AbortSignal;
};

/**
 * Plans a job over its inputs, then encodes and copies. An output whose copy is not as planned is encoded instead. Throws
 * as `planInputs` and `encode` do.
 */
export async function makeFiles(
  { spec, account }: Pick<RunnableJob, 'spec' | 'account'>,
  options: MakeOptions,
): Promise<(FinishedFile | FinishedPackage)[]> {
  const { tools, report, scratch, warnings, signal, programs, facts, texts, files, inputBytes } = options;
  const { limits, supervisor } = tools;
  const notCopied = new Map<number, string>();
  for (;;) {
    report.enter('probing');
    const planned = await planInputs(spec, { programs, scratch, limits, signal, facts, texts, files, notCopied });
    warnings.splice(0, warnings.length, ...planned.warnings);
    await scratch.requireRoom(plannedBytes(planned));
    const encoding = stages(planned, { files, folder: 'outputs' });
    report.plan(planned.seconds);
    const units = encoding.reduce((sum, stage) => sum + unitsOf(stage), 0);
    let done = 0;
    report.expect('encoding', units);
    tools.watch?.planned(planned, encoding);

    report.enter('encoding');
    try {
      const finished = await encode(encoding, {
        ...{ plan: planned, files, programs, supervisor, scratch, limits, inputBytes, signal, log: report.log },
        begun: (stage) => tools.watch?.begun(stage),
        warn: (text) => void (warnings.includes(text) || warnings.push(text)),
        encoded(more) {
          done += more;
          report.did('encoding', more);
          tools.watch?.encoded(more);
        },
        usedCpu: (seconds) => tools.usedCpu?.(account, seconds),
      });
      return await finishPackages(planned, finished, scratch);
    } catch (error) {
      if (!(error instanceof CopyFailed)) throw error;
      report.expect('encoding', done - units);
      notCopied.set(error.output, `a copy was tried: ${error.message}`);
      await scratch.empty('outputs');
    }
  }
}
