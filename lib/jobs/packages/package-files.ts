import { validate as isUuid } from 'uuid';
import { baseUrls, withBaseUrls } from '#lib/dash/base-urls.ts';
import { AppError } from '#lib/errors.ts';
import { playlistParts, playlistUris, withUris } from '#lib/hls/playlist-uris.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { StoredOutput } from '#lib/jobs/attempt.ts';
import type { JobStore } from '#lib/jobs/job-store.ts';
import { storedResult } from '#lib/jobs/stored-result.ts';
import type { FileTokens } from './file-tokens.ts';

/** A reader of a file: a caller, or a player that has a token instead of credentials. */
export type FileReader = { readonly caller: Caller } | { readonly token: string };

export type FilePlace = { readonly id: string; readonly output: string; readonly file: string };

export type FoundFile =
  | { readonly kind: 'text'; readonly parts: TextParts; readonly contentType: string }
  | { readonly kind: 'media'; readonly url: string };

/** A text in parts, of which each is made in a millisecond. */
export type TextParts = Iterable<string> | AsyncIterable<string>;

export type PackageFilesOptions = {
  readonly store: Pick<JobStore, 'find'>;
  readonly tokens: FileTokens;
  /** Returns the text of an object of the service's bucket. */
  readonly read: (key: string) => Promise<string>;
  /** Returns a URL to GET an object that is valid for at least these seconds. */
  readonly sign: (key: string, seconds: number) => Promise<string>;
};

/**
 * Reads the files of packages. Playlists and manifests get URLs that a player can use as long as it plays; media is in
 * the bucket. Throws UNAUTHENTICATED for a token that is not valid, NOT_FOUND, and CONFLICT before the job is completed.
 */
export type PackageFiles = (reader: FileReader, place: FilePlace) => Promise<FoundFile>;

/** Time for which a player may pause, seconds. */
const PAUSE_SECONDS = 7_200;

/** Returns for how long the URLs in a playlist are valid, seconds: the film may be seen once, with pauses. */
export function playSeconds({ duration_seconds: length }: Pick<StoredOutput, 'duration_seconds'>): number {
  return Math.ceil(length ?? 0) + PAUSE_SECONDS;
}

export function createPackageFiles({ store, tokens, read, sign }: PackageFilesOptions): PackageFiles {
  async function foundOutput(reader: FileReader, { id, output }: FilePlace): Promise<StoredOutput> {
    const job = isUuid(id) ? await store.find(id) : undefined;
    if (job === undefined || ('caller' in reader && job.owner !== reader.caller.subject)) throw notFound('job');
    const found = storedResult(job.record).outputs.find(({ name }) => name === output);
    return found ?? notFound('output');
  }

  /** Replaces names of files by signed URLs of their objects. */
  async function signed(names: readonly string[], { output, keys, urls }: Package): Promise<(name: string) => string> {
    for (const name of names) {
      if (urls.has(name)) continue;
      urls.set(name, await sign(keys.get(name) ?? notFound('file'), playSeconds(output)));
    }
    return (name) => urls.get(name) ?? name;
  }

  /** A part is made when it is read: that of four hours has megabytes, because each segment has the whole URL. */
  async function* signedParts(playlist: string, from: Package): AsyncGenerator<string> {
    for (const part of playlistParts(playlist)) yield withUris(part, await signed(playlistUris(part), from));
  }

  /** The playlists that a main playlist names are read with a token that is valid as long as their URLs. */
  function withPlayTokens(text: string, id: string, output: StoredOutput): string {
    const token = tokens.issue(id, { output: output.name, use: 'play', seconds: playSeconds(output) });
    return token === undefined ? text : withUris(text, (uri) => `${uri}?token=${token}`);
  }

  const texts: Readonly<Record<string, TextFile>> = {
    m3u8: {
      contentType: 'application/vnd.apple.mpegurl',
      async written(text, { id, isMain, ...from }) {
        if (isMain) return [withPlayTokens(text, id, from.output)];
        return signedParts(text, from);
      },
    },
    mpd: {
      contentType: 'application/dash+xml',
      written: async (text, from) => [withBaseUrls(text, await signed(baseUrls(text), from))],
    },
  };

  return async (reader, place) => {
    const id = place.id.toLowerCase();
    const { file } = place;
    const isPlaylist = file.endsWith('.m3u8') && file !== MAIN_PLAYLIST;
    if ('token' in reader)
      tokens.require(id, reader.token, { output: place.output, use: isPlaylist ? 'play' : 'start' });
    const output = await foundOutput(reader, { ...place, id });
    const keys = new Map(output.files?.map((key) => [key.slice(key.lastIndexOf('/') + 1), key]));
    const key = keys.get(file) ?? notFound('file');
    const kind = texts[file.slice(file.lastIndexOf('.') + 1)];
    if (kind === undefined) return { kind: 'media', url: await sign(key, playSeconds(output)) };
    const parts = await kind.written(await read(key), {
      id,
      output,
      keys,
      urls: new Map(),
      isMain: key === output.key,
    });
    return { kind: 'text', parts, contentType: kind.contentType };
  };
}

const MAIN_PLAYLIST = 'master.m3u8';

/** An output, and by the names of its files their keys, and the URLs that are signed already. */
type Package = {
  readonly output: StoredOutput;
  readonly keys: ReadonlyMap<string, string>;
  readonly urls: Map<string, string>;
};

type TextFile = {
  readonly contentType: string;
  readonly written: (
    text: string,
    from: Package & { readonly id: string; readonly isMain: boolean },
  ) => Promise<TextParts>;
};

function notFound(what: 'job' | 'output' | 'file'): never {
  throw new AppError('NOT_FOUND', {}, { message: `no such ${what} exists` });
}
