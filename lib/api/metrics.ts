import { get, TEXT } from '#lib/http/route-entry.ts';
import { PATHS } from './paths.ts';

export const METRICS_ROUTES = {
  get: get(PATHS.metrics.own, {
    access: 'public',
    unlimited: true,
    summary: 'Get Prometheus metrics',
    answers: {
      200: {
        description: 'The metrics of all instances, in the text exposition format, version 0.0.4.',
        content: { 'text/plain': TEXT },
      },
    },
  }),
};
