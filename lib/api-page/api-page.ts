import { escapeHtml, pagePolicy } from '#lib/http/html-page.ts';
import { onceSuccessful } from '#lib/work/once-successful.ts';
import { type Asset, assetsRelease, openAsset } from './assets.ts';

export type ApiPage = ReturnType<typeof createApiPage>;

type ApiPageOptions = {
  readonly title: string;
  /** The base URL that the document names; requests are sent there. */
  readonly publicUrl: string | undefined;
};

/** The API reference: a page that shows the OpenAPI document, and its scripts and stylesheets. */
export function createApiPage({ title, publicUrl }: ApiPageOptions) {
  const currentRelease = onceSuccessful(assetsRelease);

  return {
    /** Its URLs are relative to its own, `/docs`. */
    async page(): Promise<{ readonly html: string; readonly policy: string }> {
      return { html: html(title, `docs/assets/${await currentRelease()}`), policy: policyFor(publicUrl) };
    },
    /** The file may be kept for as long as its URL is used. */
    async asset(
      { release, file }: { readonly release: string; readonly file: string },
      acceptEncoding: string | undefined,
    ): Promise<Asset | undefined> {
      return release === (await currentRelease()) ? openAsset(file, acceptEncoding) : undefined;
    },
  };
}

function policyFor(publicUrl: string | undefined): string {
  const api = publicUrl === undefined ? '' : ` ${new URL(publicUrl).origin}`;
  return pagePolicy({
    script: "'self'",
    style: "'self'",
    // The stylesheet of Swagger UI holds its icons.
    img: "'self' data:",
    connect: `'self'${api}`,
    // A player of audio that has arrived.
    media: "'self' blob:",
  });
}

function html(title: string, assets: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${assets}/theme.css">
<script defer src="${assets}/swagger-ui.js"></script>
<script type="module" src="${assets}/start.js"></script>
</head>
<body>
<div id="api"></div>
<noscript><main><h1>${escapeHtml(title)} API</h1>
<p>This page needs JavaScript. The same description for programs: <a href="openapi.json">openapi.json</a>,
<a href="openapi.yaml">openapi.yaml</a>.</p></main></noscript>
</body>
</html>
`;
}
