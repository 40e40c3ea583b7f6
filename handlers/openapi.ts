import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import { docsPage } from '#lib/http/docs-page.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `GET /openapi.json` for programs, `GET /docs` for people. */
export const handler = httpFunction(
  'BUFFERED',
  [
    { method: 'GET', path: '/openapi.json', access: 'public', handler: () => jsonAnswer(200, services.apiDocument) },
    {
      method: 'GET',
      path: '/docs',
      access: 'public',
      handler: () => ({
        statusCode: 200,
        headers: { 'Content-Type': 'text/html; charset=utf-8' },
        body: docsPage(services.apiDocument),
      }),
    },
  ],
  httpOptions,
);
