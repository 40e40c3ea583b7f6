import type { Config } from '#lib/config.ts';
import type { Log } from '#lib/log.ts';
import { onceSuccessful } from '#lib/work/once-successful.ts';

/** Longest wait for the platform, ms. A request waits for it after its job is queued. */
const TIMEOUT_MS = 1_000;

/**
 * Returns a function that starts `job-worker` asynchronously. It never rejects: what it misses, the schedule of the
 * function makes up for. It does nothing without JOB_WORKER_FUNCTION.
 */
export function createJobWorkerWake(
  { JOB_WORKER_FUNCTION: functionName, AWS_REGION: region }: Pick<Config, 'JOB_WORKER_FUNCTION' | 'AWS_REGION'>,
  log: Pick<Log, 'warn'>,
): () => Promise<void> {
  if (functionName === undefined) return async () => undefined;
  const open = onceSuccessful(async () => {
    const { LambdaClient, InvokeCommand } = await import('@aws-sdk/client-lambda');
    const client = new LambdaClient({ region, maxAttempts: 1 });
    const event = { FunctionName: functionName, InvocationType: 'Event', Payload: '{}' } as const;
    return (abortSignal: AbortSignal) => client.send(new InvokeCommand(event), { abortSignal });
  });
  return async () => {
    try {
      const invoke = await open();
      await invoke(AbortSignal.timeout(TIMEOUT_MS));
    } catch (err) {
      log.warn({ err }, 'job-worker could not be started: its schedule starts it within a minute');
    }
  };
}
