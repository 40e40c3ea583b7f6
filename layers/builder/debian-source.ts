import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

type DebianFile = {
  /** Below the archive's root. */
  readonly path: string;
  readonly sha256: string;
  /** The archive that holds it, if not `debian`. */
  readonly archive?: 'debian-security';
};

/** An upstream release in Debian's archive, or a package (`.deb`). */
export type DebianSource = DebianFile & {
  readonly name: string;
  /** Debian's version of the package that is built from these sources. */
  readonly version: string;
  /** The suite to search for newer versions when the file has left the mirror. */
  readonly suite: string;
  /** The archive of Debian's own changes, and the patches to apply from it, in order. */
  readonly fixes?: DebianFile & { readonly patches: readonly string[] };
};

/** Debian's mirror, and the folder for fetched files. */
export type Archive = { readonly mirror: string; readonly cacheDirectory: string };

export const DEBIAN_MIRROR = 'http://deb.debian.org';
const TIMEOUT_MS = 120_000;

/** Returns the paths of a source's archive and of the archive of its fixes, if any. Throws like `fetchFile`. */
export async function fetchSource(
  source: DebianSource,
  archive: Archive,
): Promise<{ readonly path: string; readonly fixes?: string }> {
  const path = await fetchFile(source, archive);
  return source.fixes === undefined
    ? { path }
    : { path, fixes: await fetchFile({ ...source, ...source.fixes }, archive) };
}

/**
 * Returns the path of a file from the cache, where its name is its checksum, after fetching it from Debian's mirror if
 * necessary. Throws an Error when the checksum differs, or when the version has left the mirror (the error names the
 * mirror's versions).
 */
async function fetchFile(source: DebianSource, { mirror, cacheDirectory }: Archive): Promise<string> {
  const { path, sha256, archive = 'debian' } = source;
  const file = join(cacheDirectory, `${sha256.slice(0, 16)}-${basename(path)}`);
  const cached = await readFile(file).catch(() => undefined);
  if (cached !== undefined && digestOf(cached) === sha256) return file;
  const url = `${mirror}/${archive}/${encodeURI(path).replaceAll('+', '%2b')}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((cause: Error) => {
    throw new Error(`${url} cannot be fetched: ${cause.message}`, { cause });
  });
  if (response.status === 404) throw new Error(await leftTheMirror(source, mirror));
  if (!response.ok) throw new Error(`${url}: the mirror responds with ${response.status}`);
  const bytes = Buffer.from(await response.arrayBuffer());
  const digest = digestOf(bytes);
  if (digest !== sha256) throw new Error(`${url}: its SHA-256 is ${digest}, not ${sha256}`);
  await mkdir(cacheDirectory, { recursive: true });
  const part = `${file}.${process.pid}.part`;
  await writeFile(part, bytes);
  await rename(part, file);
  return file;
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function leftTheMirror({ name, version, suite, path }: DebianSource, mirror: string): Promise<string> {
  const index = path.endsWith('.deb') ? 'binary-amd64/Packages.xz' : 'source/Sources.xz';
  const current = await versionsOf(`${mirror}/debian/dists/${suite}/main/${index}`, name).catch(() => []);
  const there = current.length === 0 ? 'it lists no other version' : `it has ${current.join(', ')}`;
  return `${name} ${version} has left Debian's mirror; ${there}. Pin the new version in layers/builder/sources.ts (${basename(path)}).`;
}

/** Returns the versions of a package that an index lists. */
async function versionsOf(index: string, name: string): Promise<string[]> {
  const response = await fetch(index, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const packed = Buffer.from(await response.arrayBuffer());
  const running = promisify(execFile)('xz', ['-dc'], { maxBuffer: 512 << 20 });
  running.child.stdin?.end(packed);
  const { stdout } = await running;
  return stdout
    .split('\n\n')
    .filter((paragraph) => paragraph.startsWith(`Package: ${name}\n`))
    .flatMap((paragraph) => /^Version: (.+)$/m.exec(paragraph)?.[1] ?? []);
}
