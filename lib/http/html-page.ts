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

/**
 * Returns the URL of a path of the service relative to the request's path, so that it stays valid behind a proxy that
 * adds a prefix.
 */
export function relativeUrl(requestPath: string, path: string): string {
  const depth = requestPath.split('/').length - 2;
  return `${'../'.repeat(Math.max(depth, 0))}${path.slice(1)}` || './';
}
