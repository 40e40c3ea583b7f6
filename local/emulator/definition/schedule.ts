import type { Schedule } from './service-definition.ts';
import { listAt, ServiceError, valueAt, type YamlObject } from './yaml-object.ts';

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Source: EventBridge, rate expressions: one is singular, more are plural. */
const RATE = /^rate\((?:(1) (minute|hour|day)|([2-9]|[1-9]\d+) (minute|hour|day)s)\)$/;

/**
 * Returns the enabled schedules among a function's `events`. Throws ServiceError for features that are not emulated:
 * cron expressions, and inputs that are derived from the event.
 */
export function parseSchedules(functionNode: YamlObject): Schedule[] {
  return listAt(functionNode, 'events')
    .map((event) => valueAt(event, 'schedule'))
    .filter(({ value }) => value !== undefined)
    .flatMap(parseSchedule);
}

function parseSchedule(node: YamlObject): Schedule[] {
  if (typeof node.value === 'string') return [{ everyMs: parseRate(node), input: undefined }];
  for (const key of ['inputPath', 'inputTransformer']) {
    const { value, key: way } = valueAt(node, key);
    if (value !== undefined) throw new ServiceError(node.file, way, 'is not emulated');
  }
  if (valueAt(node, 'enabled').value === false) return [];
  const rate = valueAt(node, 'rate');
  const rates = Array.isArray(rate.value) ? listAt(node, 'rate') : [rate];
  return rates.map((one) => ({ everyMs: parseRate(one), input: valueAt(node, 'input').value }));
}

function parseRate({ file, key, value }: YamlObject): number {
  const [, one, unit, many, units] = RATE.exec(String(value)) ?? [];
  const everyMs = Number(one ?? many) * (UNIT_MS[unit ?? units ?? ''] ?? Number.NaN);
  if (Number.isNaN(everyMs)) {
    throw new ServiceError(file, key, 'must look like "rate(5 minutes)"; cron expressions are not emulated');
  }
  return everyMs;
}
