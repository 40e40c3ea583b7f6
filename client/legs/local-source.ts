import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { AppError } from '#lib/errors.ts';
import { createAddressPolicy } from '#lib/sources/connection/address-policy.ts';
import { createResolver } from '#lib/sources/connection/resolver.ts';
import { createSourceOpener, type OpenedSource } from '#lib/sources/open-source.ts';
import { spool } from '#lib/sources/spool.ts';
import { unsupportedUrl } from './failures.ts';

/** Which servers sources may come from: the settings of the service with the same names. */
export type SourceNetworks = {
  readonly sourceAllowedNetworks: readonly string[];
  readonly sourceDeniedNetworks: readonly string[];
  readonly sourceAllowedPorts: readonly string[];
};

/** A source that an ffmpeg on this machine reads from descriptor 3: a file that it may seek in, or a pipe. */
export type LocalSource =
  | { readonly kind: 'file'; readonly fd: number; readonly demuxer: string | undefined; close(): void }
  | ({ readonly kind: 'pipe' } & Pick<OpenedSource, 'body' | 'format' | 'close'>);

/** Opens sources as the service does: Node downloads them and checks each address. */
export type LocalSources = {
  /** Throws as the opener of the service does, and DOWNLOAD_FAILED for a file that cannot be read. */
  open(url: URL, signal: AbortSignal): Promise<LocalSource>;
  /** Ends all downloads. */
  close(): void;
};

/** The defaults of the service. The Python client uses them too. */
export const SOURCE_LIMITS = {
  maxBytes: 4 * 2 ** 30,
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  stallTimeoutMs: 15_000,
  minBytesPerSecond: 512,
  maxSpoolBytes: 512 * 2 ** 20,
} as const;

/** Throws a TypeError that names a malformed entry. */
export function createLocalSources(networks: SourceNetworks): LocalSources {
  const opener = createSourceOpener({
    ...SOURCE_LIMITS,
    policy: createAddressPolicy({
      kind: 'SOURCE',
      allowedNetworks: networks.sourceAllowedNetworks,
      deniedNetworks: networks.sourceDeniedNetworks,
      allowedPorts: networks.sourceAllowedPorts,
    }),
    resolve: createResolver({ servers: [] }),
    s3: { sign: () => Promise.reject(unsupportedUrl()) },
  });

  async function download(url: URL, signal: AbortSignal): Promise<LocalSource> {
    const { body, format, close } = await opener.open(url.href, { accept: 'audio', signal });
    if (format.index === 'first') return { kind: 'pipe', body, format, close };
    const spooled = await spool(body, {
      directory: tmpdir(),
      reserveBytes: 0,
      maxBytes: SOURCE_LIMITS.maxSpoolBytes,
      claim: () => undefined,
      signal,
    });
    return { kind: 'file', fd: spooled.fd, demuxer: format.demuxer, close: () => void spooled.close() };
  }

  return {
    open: async (url, signal) => (url.protocol === 'file:' ? openFile(url) : await download(url, signal)),
    close: () => void opener.close(),
  };
}

/** Opens a file. ffmpeg gets it as a descriptor, so that its name is never taken for an option or a protocol. */
function openFile(url: URL): LocalSource {
  let fd: number | undefined;
  try {
    // Without a writer, a named pipe would block.
    fd = openSync(fileURLToPath(url), constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile()) throw new Error('it is not a regular file');
    return { kind: 'file', fd, demuxer: undefined, close: () => closeSync(fd as number) };
  } catch (cause) {
    if (fd !== undefined) closeSync(fd);
    const { code, message: text } = cause as NodeJS.ErrnoException;
    const message = `the file cannot be read (${code ?? text})`;
    throw new AppError('DOWNLOAD_FAILED', {}, { message, recoverable: false, cause });
  }
}
