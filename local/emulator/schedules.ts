import { randomUUID } from 'node:crypto';
import type { ServiceDefinition } from './definition/service-definition.ts';
import type { Emulator } from './emulator.ts';
import type { InvocationOutcome } from './invocation/outcome.ts';
import { repeat } from './repeat.ts';

export type SchedulesOptions = {
  readonly service: ServiceDefinition;
  readonly emulator: Pick<Emulator, 'trigger'>;
  /** Called for every run that did not complete. */
  readonly onFailure: (functionName: string, outcome: InvocationOutcome) => void;
};

/**
 * Calls functions on their schedules. Returns the stop. The first run is one period from now. A schedule skips runs
 * that are due while an earlier one is still running.
 */
export function startSchedules({ service, emulator, onFailure }: SchedulesOptions): () => void {
  const stops = [...service.functions.values()].flatMap(({ name, schedules }) =>
    schedules.map(({ everyMs, input }) =>
      repeat(everyMs, async () => {
        const outcome = await emulator.trigger(name, input ?? scheduledEvent(name));
        if (outcome.kind !== 'completed') onFailure(name, outcome);
      }),
    ),
  );
  return () => {
    for (const stop of stops) stop();
  };
}

const REGION = 'local';
const ACCOUNT = '000000000000';

/** Returns the event that EventBridge sends. */
function scheduledEvent(functionName: string): object {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ACCOUNT,
    // EventBridge counts whole seconds.
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region: REGION,
    resources: [`arn:aws:events:${REGION}:${ACCOUNT}:rule/${functionName}`],
    detail: {},
  };
}
