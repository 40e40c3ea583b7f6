import { get, TEXT } from '#lib/http/route-entry.ts';
import { PATHS } from './paths.ts';

export const METRICS_ROUTES = {
  get: get(PATHS.metrics.own, {
    access: 'public',
    unlimited: true,
    summary: 'Prometheus metrics.',
    answers: { 200: { description: 'The text exposition format, version 0.0.4.', content: { 'text/plain': TEXT } } },
  }),
};
