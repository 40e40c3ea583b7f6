import { stringify } from 'yaml';
import { DESCRIPTION_ROUTES } from '#lib/api/description.ts';
import { PATHS } from '#lib/api/paths.ts';
import { httpOptions, services } from '#lib/function-process.ts';
import { type Answer, jsonAnswer } from '#lib/http/answer.ts';
import { relativeUrl } from '#lib/http/html-page.ts';
import { noRoute } from '#lib/http/middlewares/routing.ts';
import { serve } from '#lib/http/serve.ts';
import { httpFunction } from '#lib/http/stack.ts';

const ONE_YEAR_SECONDS = 31_536_000;

/** Made once: it takes some 60 ms. */
let yaml: string | undefined;

/** `GET /openapi.json` and `/openapi.yaml` for programs, `GET /docs` for people. */
export const handler = httpFunction(
  'RESPONSE_STREAM',
  serve(DESCRIPTION_ROUTES, {
    json: () => jsonAnswer(200, services.apiDocument),
    yaml() {
      const headers = { 'Content-Type': 'application/yaml', 'Cache-Control': 'no-store' };
      yaml ??= stringify(services.apiDocument, { aliasDuplicateObjects: false });
      return { statusCode: 200, headers, body: yaml };
    },
    async docs({ event }) {
      // Routing ignores a slash at the end, but the page's relative URLs do not.
      const { path } = event.requestContext.http;
      if (path.endsWith('/')) return redirect(relativeUrl(path, PATHS.openapi.docs));
      const { html, policy } = await services.apiPage.page();
      const headers = {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': policy,
        'Cache-Control': 'no-store',
      };
      return { statusCode: 200, headers, body: html };
    },
    async asset({ event, params }) {
      const asset = await services.apiPage.asset(params, event.headers['accept-encoding']);
      if (asset === undefined) throw noRoute(event);
      const { type, coding, body } = asset;
      const headers = {
        'Content-Type': type,
        'Cache-Control': `public, max-age=${ONE_YEAR_SECONDS}, immutable`,
        Vary: 'Accept-Encoding',
        ...(coding && { 'Content-Encoding': coding }),
      };
      return { statusCode: 200, headers, body };
    },
    // Relative: the service may be behind a path prefix.
    root: ({ event }) => redirect(relativeUrl(event.requestContext.http.path, PATHS.openapi.docs)),
  }),
  { ...httpOptions, apiPage: httpOptions.apiPage ?? PATHS.openapi.docs },
);

function redirect(location: string): Answer {
  const headers = { Location: location, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
  return { statusCode: 302, headers, body: `${location}\n` };
}
