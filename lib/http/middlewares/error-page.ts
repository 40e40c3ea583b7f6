import { createHash } from 'node:crypto';
import { type AppError, toAppError } from '#lib/errors.ts';
import { prefersHtml } from '#lib/http/accepted-type.ts';
import type { HttpEvent, Middleware } from '#lib/http/event.ts';
import { escapeHtml, pagePolicy, relativeUrl } from '#lib/http/html-page.ts';
import { shownPath } from '#lib/http/shown-path.ts';

const STYLE = `:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}
body{max-width:40rem;margin:15vh auto 0;padding:0 1.5rem}
h1{font-size:1.5rem;line-height:1.25}
code,dd{overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem}
dd{margin:0;font-family:ui-monospace,monospace}`;

const POLICY = pagePolicy({ style: `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'` });

/**
 * Shows an error as a page to a browser that opened the URL; other clients get JSON. `apiPage`: the path or URL of the
 * API reference that the page links to.
 */
export function errorPage(apiPage: string | undefined): Middleware {
  return {
    onError(request) {
      const { event, context, error, response } = request;
      if (!response || !isOpenedByBrowser(event)) return;
      const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': POLICY };
      request.response = {
        ...response,
        headers: { ...response.headers, ...headers },
        body: page(toAppError(error), { event, requestId: context.awsRequestId, apiPage }),
      };
    },
  };
}

function isOpenedByBrowser({ headers, requestContext }: HttpEvent): boolean {
  return requestContext.http.method === 'GET' && prefersHtml(headers['accept']);
}

type PageOptions = {
  readonly event: HttpEvent;
  readonly requestId: string;
  readonly apiPage: string | undefined;
};

function page({ status, code, message }: AppError, { event, requestId, apiPage }: PageOptions): string {
  const { path } = event.requestContext.http;
  const title = `${status} ${code.toLowerCase().replaceAll('_', ' ')}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(sentence(message))}</p>
<dl>
<dt>Code</dt><dd>${escapeHtml(code)}</dd>
<dt>Path</dt><dd>${escapeHtml(shownPath(event))}</dd>
<dt>Request id</dt><dd>${escapeHtml(requestId)}</dd>
</dl>
${apiPage === undefined ? '' : `<p><a href="${escapeHtml(urlFrom(path, apiPage))}">All requests of this service</a></p>`}
</main>
</body>
</html>
`;
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

function urlFrom(requestPath: string, page: string): string {
  return page.startsWith('/') ? relativeUrl(requestPath, page) : page;
}
