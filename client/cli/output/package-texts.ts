import { withBaseUrls } from '#lib/dash/base-urls.ts';
import { AppError } from '#lib/errors.ts';
import { withUris } from '#lib/hls/playlist-uris.ts';

/** A playlist or manifest that names its files relatively. */
export type LocalText = {
  readonly text: string;
  /** The URL of each file, by its name. */
  readonly files: ReadonlyMap<string, string>;
};

/**
 * Returns a playlist or manifest with the names of files instead of their URLs, so that it plays from any folder. `url`: its
 * own, to which others are relative. Throws UNAVAILABLE for a URL that ends with no name of a file.
 */
export function withLocalNames(text: string, url: string): LocalText {
  const files = new Map<string, string>();
  const local = (uri: string): string => {
    const absolute = new URL(uri, url).href;
    const name = nameIn(absolute);
    if (!files.has(name)) files.set(name, absolute);
    return name;
  };
  return { text: isPlaylist(nameIn(url)) ? withUris(text, local) : withBaseUrls(text, local), files };
}

/** Returns the name of the file that a URL ends with. It never leads out of a folder. */
export function nameIn(url: string): string {
  const { pathname } = new URL(url);
  const name = pathname.slice(pathname.lastIndexOf('/') + 1);
  if (/^\w[\w.-]{0,99}$/.test(name)) return name;
  const details = { part: 'service', reason: 'garbage' };
  throw new AppError('UNAVAILABLE', details, {
    message: 'the service names a file of the package that is no file name',
  });
}

/** Returns whether a file of a package is a playlist, which names other files. */
export function isPlaylist(name: string): boolean {
  return name.endsWith('.m3u8');
}
