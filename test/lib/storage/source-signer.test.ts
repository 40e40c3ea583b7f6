import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createS3, type S3Options } from '#lib/storage/s3-client.ts';
import { createSourceSigner } from '#lib/storage/source-signer.ts';

describe('signing', () => {
  const signerOf = (options: S3Options) => {
    const s3 = createS3({ ...options, credentials }, 10_000);
    return { ...createSourceSigner({ s3, buckets: ['open-bucket'], ownBucket: undefined }), close: s3.close };
  };
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };

  it('uses the endpoint, region and path style', async () => {
    const signer = signerOf({ endpoint: 'https://s3.example', region: 'eu-west-9', forcePathStyle: true });
    const url = await signer.sign({ bucket: 'open-bucket', key: 'a/b' }, undefined);
    signer.close();
    assert.equal(url.origin + url.pathname, 'https://s3.example/open-bucket/a/b');
    assert.match(url.searchParams.get('X-Amz-Credential') ?? '', /\/eu-west-9\/s3\//);
    assert.equal(url.searchParams.get('X-Amz-SignedHeaders'), 'host');
  });

  it('leaves unset options to the SDK', async () => {
    const signer = signerOf({ region: 'eu-west-1', endpoint: undefined });
    const url = await signer.sign({ bucket: 'open-bucket', key: 'k' }, undefined);
    signer.close();
    assert.equal(url.host, 'open-bucket.s3.eu-west-1.amazonaws.com');
  });

  it('fails with UNAVAILABLE without usable credentials', async () => {
    const signer = signerOf({ region: 'not a region' });
    await assert.rejects(signer.sign({ bucket: 'open-bucket', key: 'k' }, undefined), {
      code: 'UNAVAILABLE',
      details: { part: 's3' },
    });
    signer.close();
  });

  it('asks for no retry when there are no credentials', async () => {
    const error = Object.assign(new Error('no provider'), { name: 'CredentialsProviderError' });
    const s3 = { use: () => Promise.reject(error), close: () => undefined };
    const signer = createSourceSigner({ s3, buckets: ['open-bucket'], ownBucket: undefined });
    await assert.rejects(signer.sign({ bucket: 'open-bucket', key: 'k' }, undefined), {
      message: 'the service has no credentials for the S3 server',
      recoverable: false,
    });
  });
});
