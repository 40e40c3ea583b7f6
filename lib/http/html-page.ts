/** Returns the text as HTML shows it, in elements and in attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

type PolicySources = Readonly<Partial<Record<'script' | 'style' | 'img' | 'connect' | 'media', string>>>;

/** The Content-Security-Policy of a page that loads only from these sources. */
export function pagePolicy(sources: PolicySources): string {
  const directives = Object.entries(sources).map(([kind, list]) => `${kind}-src ${list}`);
  return ["default-src 'none'", ...directives, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join(
    '; ',
  );
}

/** Deeper than any path of the API. */
const DEEPEST = 20;

/**
 * Returns the URL of a path of the service relative to the request's path, so that it stays valid behind a proxy that
 * adds a prefix. From a path that is deeper than any of the API, the URL is absolute.
 */
export function relativeUrl(requestPath: string, path: string): string {
  const depth = requestPath.split('/', DEEPEST + 3).length - 2;
  if (depth > DEEPEST) return path;
  return `${'../'.repeat(Math.max(depth, 0))}${path.slice(1)}` || './';
}
