import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '#lib/errors.ts';
import { boundedText } from '../../service/bounded-text.ts';
import { type Credentials, credentialHeaders } from '../../service/credentials.ts';
import { errorOf } from '../../service/error-response.ts';
import { fetchInto, writeInto } from './fetched-file.ts';
import { outputError } from './output-file.ts';
import { isPlaylist, nameIn, withLocalNames } from './package-texts.ts';

export type FetchPackageOptions = {
  /** The URL of the service, and the credentials for it: another server gets none. */
  readonly serviceUrl: string;
  readonly credentials: Credentials | undefined;
  readonly signal: AbortSignal;
};

/** Bytes of a playlist: four hours, with a signed URL for each segment of four seconds, need 2 to 6 MB. */
const LONGEST_PLAYLIST = 32 << 20;

/** Throws the error of a folder that cannot be made or written to. */
export function checkFolder(folder: string): void {
  try {
    let path = resolve(folder);
    while (statSync(path, { throwIfNoEntry: false }) === undefined) path = dirname(path);
    if (!statSync(path).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
    accessSync(path, constants.W_OK);
  } catch (cause) {
    throw outputError(folder, cause as NodeJS.ErrnoException);
  }
}

/**
 * Downloads a package into a folder, which is made if it does not exist. The URLs in its playlists become names of files, so
 * that any server, or a player, can read it there. The file that a player opens is written last. Returns the names of all
 * files, that one first. Throws an AppError, or a CliError for a file that cannot be written.
 */
export async function fetchPackage(url: string, folder: string, options: FetchPackageOptions): Promise<string[]> {
  const { serviceUrl, signal } = options;
  const names = new Set<string>();
  checkFolder(folder);
  mkdirSync(folder, { recursive: true });

  async function copy(from: string): Promise<void> {
    const name = nameIn(from);
    names.add(name);
    const { text, files } = withLocalNames(await textAt(from, options), from);
    for (const [file, at] of files) {
      if (names.has(file)) continue;
      names.add(file);
      if (isPlaylist(file)) await copy(at);
      else await fetchInto(at, join(folder, file), signal);
    }
    await writeInto(Readable.from([text]), join(folder, name), signal);
  }

  await copy(url.startsWith('/') ? serviceUrl + url : url);
  return [...names];
}

async function textAt(url: string, { serviceUrl, credentials, signal }: FetchPackageOptions): Promise<string> {
  const isOwn = new URL(url).origin === new URL(serviceUrl).origin;
  const headers = isOwn ? await credentialHeaders(credentials) : {};
  const response = await fetch(url, { headers, signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new AppError('UNAVAILABLE', { part: 'service' }, { message: 'the service cannot be reached', cause });
  });
  if (!response.ok) throw await errorOf(response);
  return await boundedText(response, LONGEST_PLAYLIST);
}
