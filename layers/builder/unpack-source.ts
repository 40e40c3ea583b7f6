import { mkdir } from 'node:fs/promises';
import { type CommandOptions, run } from './command.ts';
import { type Archive, type DebianSource, fetchSource } from './debian-source.ts';

/** Fetches a source, unpacks it in `src/<name>` of the work folder and applies its fixes. */
export async function unpackSource(
  source: DebianSource,
  { archive, options }: { readonly archive: Archive; readonly options: CommandOptions },
): Promise<void> {
  const folder = `src/${source.name}`;
  const { path, fixes } = await fetchSource(source, archive);
  await mkdir(`${options.directory}/${folder}`, { recursive: true });
  if (path.endsWith('.deb')) return await unpackPackage(path, { folder, options });
  await run(['tar', '-xf', path, '-C', folder, '--strip-components=1'], options);
  if (fixes !== undefined) await run(['tar', '-xf', fixes, '-C', folder, 'debian/patches'], options);
  for (const patch of source.fixes?.patches ?? []) {
    await run(['patch', '-p1', '-d', folder, '-i', `debian/patches/${patch}`], options);
  }
}

/** Unpacks a package's files: the archive `data.tar` in an `ar` archive. */
async function unpackPackage(
  path: string,
  { folder, options }: { readonly folder: string; readonly options: CommandOptions },
): Promise<void> {
  await run(['ar', 'x', path, 'data.tar.xz'], { ...options, directory: `${options.directory}/${folder}` });
  await run(['tar', '-xf', `${folder}/data.tar.xz`, '-C', folder], options);
}
