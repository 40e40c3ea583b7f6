import { stringify } from 'yaml';
import { DESCRIPTION_ROUTES } from '#lib/api/description.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { jsonAnswer } from '#lib/http/answer.ts';
import { docsPage } from '#lib/http/docs-page.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

/** `GET /openapi.json` and `/openapi.yaml` for programs, `GET /docs` for people. */
export const handler = httpFunction(
  'BUFFERED',
  serve(DESCRIPTION_ROUTES, {
    json: () => jsonAnswer(200, services.apiDocument),
    yaml() {
      const headers = { 'Content-Type': 'application/yaml', 'Cache-Control': 'no-store' };
      return { statusCode: 200, headers, body: stringify(services.apiDocument, { aliasDuplicateObjects: false }) };
    },
    docs() {
      const { json, yaml } = DESCRIPTION_ROUTES;
      const body = docsPage(services.apiDocument, { alsoAt: [json.path, yaml.path] });
      return { statusCode: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body };
    },
  }),
  httpOptions,
);
