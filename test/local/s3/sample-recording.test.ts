import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { startEmbeddedS3 } from '../../../local/backing-services.ts';
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
    await runOnce(scratch.file('data'), (url) => storeFile(url, other));
    await runOnce(scratch.file('data'));
    assert.equal(readFileSync(stored, 'utf8'), 'another recording');
  });
});
