import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import type { DebianSource } from '../../layers/builder/debian-source.ts';
import { unpackSource } from '../../layers/builder/unpack-source.ts';
import { startHttpSource } from '../support/http-source.ts';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.ts';

const PATCH = '--- a/file.c\n+++ b/file.c\n@@ -1 +1 @@\n-wrong\n+right\n';

/** Creates an archive of these files with `tar`. */
function packed(folder: ScratchFolder, name: string, files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(folder.file(`${name}/${file}/..`), { recursive: true });
    writeFileSync(folder.file(`${name}/${file}`), text);
  }
  const archive = folder.file(`${name}.tar.xz`);
  execFileSync('tar', ['-cJf', archive, '-C', folder.file(name), '.']);
  return archive;
}

function fileOf(archive: string) {
  return { path: basename(archive), sha256: createHash('sha256').update(readFileSync(archive)).digest('hex') };
}

/** Unpacks a source from these archives, and returns its folder. */
async function unpacked(folder: ScratchFolder, source: DebianSource): Promise<string> {
  await using mirror = await startHttpSource((request, response) =>
    response.end(readFileSync(folder.file(basename(request.url ?? '')))),
  );
  const work = folder.file('work');
  mkdirSync(work);
  await unpackSource(source, {
    archive: { mirror: mirror.origin, cacheDirectory: folder.file('cache') },
    options: { directory: work, environment: { PATH: process.env['PATH'] }, log: folder.file('log') },
  });
  return `${work}/src/${source.name}`;
}

const NAMED = { name: 'tool', version: '1-1', suite: 'bookworm' };

describe('unpacking', () => {
  it('applies only the listed fixes', async () => {
    using folder = scratchFolder();
    const original = packed(folder, 'orig', { 'file.c': 'wrong\n', 'other.c': 'wrong\n' });
    const changes = packed(folder, 'changes', {
      'debian/patches/fix.patch': PATCH,
      'debian/patches/other.patch': PATCH.replaceAll('file.c', 'other.c'),
    });
    // Archives of sources hold one folder. Archives of Debian's changes hold `debian` itself.
    execFileSync('tar', ['-cJf', changes, '-C', folder.file('changes'), 'debian']);
    const fixes = { ...fileOf(changes), patches: ['fix.patch'] };
    const directory = await unpacked(folder, { ...NAMED, ...fileOf(original), fixes });
    assert.equal(readFileSync(`${directory}/file.c`, 'utf8'), 'right\n');
    assert.equal(readFileSync(`${directory}/other.c`, 'utf8'), 'wrong\n');
  });

  it('fails and names its log when a fix does not apply', async () => {
    using folder = scratchFolder();
    const original = packed(folder, 'orig', { 'file.c': 'quite another\n' });
    packed(folder, 'changes', { 'debian/patches/fix.patch': PATCH });
    const changes = folder.file('changes.tar.xz');
    execFileSync('tar', ['-cJf', changes, '-C', folder.file('changes'), 'debian']);
    const fixes = { ...fileOf(changes), patches: ['fix.patch'] };
    await assert.rejects(
      unpacked(folder, { ...NAMED, ...fileOf(original), fixes }),
      /fix\.patch failed \(1\); see .*log/,
    );
  });

  it('extracts the files of a package', async () => {
    using folder = scratchFolder();
    packed(folder, 'data', { 'usr/share/fonts/a.ttf': 'glyphs' });
    writeFileSync(folder.file('debian-binary'), '2.0\n');
    execFileSync('ar', ['rc', folder.file('tool_1-1_all.deb'), 'debian-binary', 'data.tar.xz'], { cwd: folder.path });
    const directory = await unpacked(folder, { ...NAMED, ...fileOf(folder.file('tool_1-1_all.deb')) });
    assert.equal(readFileSync(`${directory}/usr/share/fonts/a.ttf`, 'utf8'), 'glyphs');
  });
});
