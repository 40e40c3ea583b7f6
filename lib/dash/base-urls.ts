import { escapeXml, unescapeXml } from './xml.ts';

const BASE_URL = /(<BaseURL>)([^<]*)(<\/BaseURL>)/g;

/** Returns the base URLs of a manifest. */
export function baseUrls(manifest: string): string[] {
  return manifest
    .matchAll(BASE_URL)
    .map(([, , url = '']) => unescapeXml(url))
    .toArray();
}

/** Returns a manifest with other base URLs. */
export function withBaseUrls(manifest: string, replacement: (url: string) => string): string {
  return manifest.replace(BASE_URL, (_, start: string, url: string, end: string) => {
    return `${start}${escapeXml(replacement(unescapeXml(url)))}${end}`;
  });
}
