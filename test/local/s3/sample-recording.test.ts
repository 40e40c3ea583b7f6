import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startEmbeddedS3 } from '../../../local/backing-services.ts';
import { embeddedCredentials } from '../../../local/s3/credentials.ts';
import { SAMPLE } from '../../../local/s3/sample-recording.ts';
import { storeFile } from '../../../local/s3/sample-store.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const OBJECT = 's3/media/sense-and-sensibility.flac._S3rver_object';

async function runOnce(dataDir: string, use: (url: string) => Promise<unknown> = async () => undefined): Promise<void> {
  const environment = { ...process.env, DATA_DIR: dataDir, S3_PORT: '0', SOURCE_BUCKETS: '', S3_BUCKET: '' };
  const s3 = await startEmbeddedS3({ environment, report: () => undefined });
  await use(s3.url).finally(() => s3.stop());
}

describe('the embedded S3 server', () => {
  it('holds the sample recording from its start, and leaves an object of its name alone', async () => {
    using scratch = scratchFolder();
    await runOnce(scratch.file('data'));
    const stored = scratch.file(`data/${OBJECT}`);
    assert.ok(readFileSync(stored).equals(readFileSync(SAMPLE)));
    const other = scratch.file('sense-and-sensibility.flac');
    writeFileSync(other, 'another recording');
    await runOnce(scratch.file('data'), (endpoint) => storeFile(other, { endpoint, dataDir: scratch.file('data') }));
    await runOnce(scratch.file('data'));
    assert.equal(readFileSync(stored, 'utf8'), 'another recording');
  });

  it('keeps its files and credentials for its own user', async () => {
    using scratch = scratchFolder();
    const data = scratch.file('data');
    await runOnce(data, (endpoint) => storeFile(scratch.file('data/s3-credentials.json'), { endpoint, dataDir: data }));
    const entries = readdirSync(data, { recursive: true, encoding: 'utf8' });
    assert.ok(entries.includes('s3/media/s3-credentials.json._S3rver_object'));
    const open = ['.', ...entries].filter((name) => (statSync(join(data, name)).mode & 0o077) !== 0);
    assert.deepEqual(open, []);
  });

  it('accepts only the credentials of its data folder, which stay the same', async () => {
    using scratch = scratchFolder();
    const [first, other] = [scratch.file('first'), scratch.file('other')];
    assert.deepEqual(embeddedCredentials(first), embeddedCredentials(first));
    assert.notDeepEqual(embeddedCredentials(first), embeddedCredentials(other));
    await runOnce(first, async (endpoint) => {
      await storeFile(SAMPLE, { endpoint, dataDir: first });
      await assert.rejects(storeFile(SAMPLE, { endpoint, dataDir: other }), { name: 'InvalidAccessKeyId' });
    });
  });
});
