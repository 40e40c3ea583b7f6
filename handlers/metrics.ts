import { httpOptions, services } from '#lib/function-process.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `GET /metrics`: the Prometheus text exposition format. */
export const handler = httpFunction(
  'BUFFERED',
  [
    {
      method: 'GET',
      path: '/metrics',
      access: 'public',
      unlimited: true,
      handler: async () => ({
        statusCode: 200,
        headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8', 'Cache-Control': 'no-store' },
        body: await services.metrics.exposition(),
      }),
    },
  ],
  httpOptions,
);
