import { HEALTH_ROUTES } from '#lib/api/health.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

services.warm('health');

/** `GET /health` for people and monitoring, `/health/live` and `/health/ready` for container orchestrators. */
export const handler = httpFunction(
  'BUFFERED',
  serve(HEALTH_ROUTES, {
    async report() {
      const report = await services.health.report();
      return jsonAnswer(report.status === 'unhealthy' ? 503 : 200, report);
    },
    live: () => jsonAnswer(200, { status: 'ok' }),
    async ready() {
      const probe = await services.health.ready();
      return jsonAnswer(probe.status === 'ok' ? 200 : 503, probe);
    },
  }),
  httpOptions,
);
