import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `GET /health` for people and monitors, `/health/live` and `/health/ready` for orchestrators of containers. */
export const handler = httpFunction(
  'BUFFERED',
  [
    {
      method: 'GET',
      path: '/health',
      access: 'public',
      unlimited: true,
      handler: async () => {
        const report = await services.health.report();
        return jsonAnswer(report.status === 'unhealthy' ? 503 : 200, report);
      },
    },
    {
      method: 'GET',
      path: '/health/live',
      access: 'public',
      unlimited: true,
      handler: () => jsonAnswer(200, { status: 'ok' }),
    },
    {
      method: 'GET',
      path: '/health/ready',
      access: 'public',
      unlimited: true,
      handler: async () => {
        const probe = await services.health.ready();
        return jsonAnswer(probe.status === 'ok' ? 200 : 503, probe);
      },
    },
  ],
  httpOptions,
);
