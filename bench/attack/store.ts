import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedCredentials } from '../../local/s3/credentials.ts';
import { send } from '../../test/local/s3/support/send.ts';
import { sign } from '../../test/local/s3/support/signer.ts';
import { call } from '../../test/support/client.ts';
import { type Attack, createChecks } from './attack.ts';
import { startAttackedService } from './attacked-service.ts';

const DEFAULT_ACCOUNT = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
const FORM = 'multipart/form-data; boundary=x';
const FORM_BODY = '--x\r\ncontent-disposition: form-data; name="key"\r\n\r\n../../escaped\r\n--x--\r\n';

type Try = {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Keys to sign with; unsigned when absent. */
  readonly keys?: typeof DEFAULT_ACCOUNT;
  readonly unsigned?: readonly string[];
};

/** The S3 server that `npm start` embeds, by anyone who reaches its port. */
export const STORE: Attack = {
  about:
    'the embedded S3 server refuses anonymous and forged requests, names outside its buckets, forms and foreign hosts',
  async run() {
    const checks = createChecks();
    await using service = await startAttackedService({ CORS_ORIGINS: 'https://friend.example' });
    const { port, host } = new URL(service.s3Url);
    const own = embeddedCredentials(service.dataDir);
    const keys = { accessKeyId: own.S3_ACCESS_KEY_ID, secretAccessKey: own.S3_SECRET_ACCESS_KEY };

    const upload = await call(service, '/api/uploads', {
      body: { bytes: 6, filename: 'private.txt' },
      headers: { 'x-api-key': await service.key(['transcode']) },
    });
    const { url, headers: toSend, source_url: stored } = upload.json();
    const put = await fetch(url, { method: 'PUT', body: 'secret', headers: toSend });
    checks.expect(put.status === 200, `an upload got ${put.status}`);
    const target = new URL(url).pathname;

    async function attempt({ method = 'GET', target: to, headers = {}, body = '', keys: signer, unsigned = [] }: Try) {
      const all = { host, 'content-length': String(body.length), ...headers };
      const sent = signer === undefined ? all : sign({ method, target: to, headers: all, keys: signer, unsigned });
      return await send({ port: Number(port), method, target: to, headers: sent, body });
    }

    for (const [what, request] of Object.entries(attacksOn(target, keys))) {
      const { status, body } = await attempt(request);
      checks.expect(status >= 400 && status < 500, `${what} got ${status}`);
      checks.expect(!body.includes('secret') && !body.includes('private.txt</Key>'), `${what} read an upload`);
    }
    checks.expect((await attempt({ target, keys })).body === 'secret', `the upload ${stored} was changed or deleted`);
    for (const place of [service.dataDir, join(service.dataDir, '..'), join(service.dataDir, 's3')]) {
      checks.expect(!existsSync(join(place, 'escaped')), `a file was written to ${place}`);
    }
    for (const name of readdirSync(service.dataDir)) {
      const { mode } = statSync(join(service.dataDir, name));
      checks.expect((mode & 0o077) === 0 || name === 'attack.log', `${name} has mode ${(mode & 0o777).toString(8)}`);
    }
    return checks.result('{checks} checks');
  },
};

function attacksOn(target: string, keys: typeof DEFAULT_ACCOUNT): Readonly<Record<string, Try>> {
  const bucket = target.split('/')[1] ?? '';
  return {
    'an anonymous read': { target },
    'an anonymous list': { target: `/${bucket}` },
    'an anonymous list of buckets': { target: '/' },
    'an anonymous write': { method: 'PUT', target, body: 'forged' },
    'an anonymous deletion': { method: 'DELETE', target },
    'a read with the default account': { target, keys: DEFAULT_ACCOUNT },
    'a write with the default account': { method: 'PUT', target, keys: DEFAULT_ACCOUNT },
    'a copy in an unsigned header': {
      method: 'PUT',
      target: `/${bucket}/copy`,
      keys,
      headers: { 'x-amz-copy-source': target },
      unsigned: ['x-amz-copy-source'],
    },
    'an unsigned host': { target, keys, unsigned: ['host'] },
    'dot segments': { method: 'PUT', target: `/${bucket}/../../escaped`, keys },
    'encoded dot segments': { method: 'PUT', target: `/${bucket}/%2e%2e/%2e%2e/escaped`, keys },
    'encoded slashes': { method: 'PUT', target: `/${bucket}/..%2f..%2fescaped`, keys },
    'a form': { method: 'POST', target: `/${bucket}`, headers: { 'content-type': FORM }, body: FORM_BODY },
    'a signed form': { method: 'POST', target: `/${bucket}`, keys, headers: { 'content-type': FORM }, body: FORM_BODY },
    'a foreign host': { target, keys, headers: { host: 'evil.example' } },
    'a foreign page': { target, keys, headers: { origin: 'https://evil.example' } },
  };
}
