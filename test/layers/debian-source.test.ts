import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fetchSource } from '../../layers/builder/debian-source.ts';
import { startHttpSource } from '../support/http-source.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const BYTES = Buffer.from('an archive');
const SOURCE = {
  name: 'opus',
  version: '1.0-1',
  suite: 'bookworm',
  path: 'pool/opus_1.0.orig.tar.gz',
  sha256: createHash('sha256').update(BYTES).digest('hex'),
};
const INDEX = 'Package: ogg\nVersion: 9\n\nPackage: opus\nBinary: libopus0\nVersion: 2.0-3\n';

/** A mirror with these files. */
function startMirror(files: Readonly<Record<string, Buffer>>) {
  return startHttpSource((request, response) => {
    const file = files[request.url ?? ''];
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
}

describe('a Debian source', () => {
  it('is fetched once, and cached by its checksum', async () => {
    using folder = scratchFolder();
    const archive = { cacheDirectory: folder.path, mirror: '' };
    {
      await using mirror = await startMirror({ [`/debian/${SOURCE.path}`]: BYTES });
      assert.deepEqual(readFileSync((await fetchSource(SOURCE, { ...archive, mirror: mirror.origin })).path), BYTES);
    }
    assert.deepEqual(readFileSync((await fetchSource(SOURCE, archive)).path), BYTES);
  });

  it('is fetched with its fixes, from their archive', async () => {
    using folder = scratchFolder();
    const fixes = { archive: 'debian-security', path: 'pool/opus_1.0-1+deb12u1.debian.tar.xz', patches: [] } as const;
    await using mirror = await startMirror({
      [`/debian/${SOURCE.path}`]: BYTES,
      '/debian-security/pool/opus_1.0-1%2bdeb12u1.debian.tar.xz': BYTES,
    });
    const source = { ...SOURCE, fixes: { ...fixes, sha256: SOURCE.sha256 } };
    const archive = { cacheDirectory: folder.path, mirror: mirror.origin };
    const fetched = await fetchSource(source, archive);
    assert.deepEqual(readFileSync(fetched.fixes ?? ''), BYTES);
    assert.notEqual(fetched.fixes, fetched.path);
  });

  it('is refused when its checksum differs, and not cached', async () => {
    using folder = scratchFolder();
    await using mirror = await startMirror({ [`/debian/${SOURCE.path}`]: Buffer.from('another') });
    await assert.rejects(
      fetchSource(SOURCE, { cacheDirectory: folder.path, mirror: mirror.origin }),
      /its SHA-256 is [0-9a-f]{64}, not/,
    );
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it('is reported with the current version when it has left the mirror', async () => {
    using folder = scratchFolder();
    const index = execFileSync('xz', ['-c'], { input: INDEX });
    await using mirror = await startMirror({ '/debian/dists/bookworm/main/source/Sources.xz': index });
    await assert.rejects(
      fetchSource(SOURCE, { cacheDirectory: folder.path, mirror: mirror.origin }),
      /opus 1\.0-1 has left Debian's mirror; it has 2\.0-3/,
    );
  });

  it('is searched among packages when it is a package that has left the mirror', async () => {
    using folder = scratchFolder();
    const index = execFileSync('xz', ['-c'], { input: INDEX });
    await using mirror = await startMirror({ '/debian/dists/bookworm/main/binary-amd64/Packages.xz': index });
    await assert.rejects(
      fetchSource(
        { ...SOURCE, path: 'pool/opus_1.0-1_all.deb' },
        { cacheDirectory: folder.path, mirror: mirror.origin },
      ),
      /it has 2\.0-3\. Pin the new version .*opus_1\.0-1_all\.deb/,
    );
  });
});
