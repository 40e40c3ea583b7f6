import { HEALTH, PROBE } from '#lib/health.ts';
import { get } from '#lib/http/route-entry.ts';
import { PATHS } from './paths.ts';

const REPORT = { name: 'Health', schema: HEALTH };
const ANSWER = { name: 'HealthProbe', schema: PROBE };

export const HEALTH_ROUTES = {
  report: get(PATHS.health.own, {
    access: 'public',
    unlimited: true,
    summary: 'Get the health of the service and of each component',
    answers: {
      200: { description: 'The service is `healthy` or `degraded`.', json: REPORT },
      503: { description: 'The service is `unhealthy`: it cannot work, or is shutting down.', json: REPORT },
    },
  }),
  live: get(PATHS.health.live, {
    access: 'public',
    unlimited: true,
    summary: 'Check that the process responds (liveness probe)',
    answers: { 200: { description: 'The process responds.', json: ANSWER } },
  }),
  ready: get(PATHS.health.ready, {
    access: 'public',
    unlimited: true,
    summary: 'Check that the service accepts new work (readiness probe)',
    answers: {
      200: { description: 'The service accepts new work.', json: ANSWER },
      503: { description: 'The service does not accept new work.', json: ANSWER },
    },
  }),
};
