import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { newSecret, signatureHeaders } from '#lib/callbacks/signature.ts';

const MESSAGE = { id: '0198f3c2-6d1e-7a54-9c0b-2f6f1c1f7a10', body: '{"type":"job.completed","ü":"…"}' };

function verify(secret: string, headers: Record<string, string>, body = MESSAGE.body): unknown {
  return new Webhook(secret).verify(body, headers);
}

describe('the signature of a callback', () => {
  it('is accepted by the library of Standard Webhooks', () => {
    const secret = newSecret();
    const headers = signatureHeaders({ ...MESSAGE, sentAt: new Date() }, [secret]);
    assert.deepEqual(verify(secret, headers), JSON.parse(MESSAGE.body));
  });

  it('is refused for another body, id, time or secret', () => {
    const secret = newSecret();
    const headers = signatureHeaders({ ...MESSAGE, sentAt: new Date() }, [secret]);
    assert.throws(() => verify(secret, headers, `${MESSAGE.body} `), /No matching signature/);
    assert.throws(() => verify(secret, { ...headers, 'webhook-id': 'other' }), /No matching signature/);
    const later = String(Number(headers['webhook-timestamp']) + 1);
    assert.throws(() => verify(secret, { ...headers, 'webhook-timestamp': later }), /No matching signature/);
    assert.throws(() => verify(newSecret(), headers), /No matching signature/);
  });

  it('has one value for each secret', () => {
    const [current, previous] = [newSecret(), newSecret()];
    const headers = signatureHeaders({ ...MESSAGE, sentAt: new Date() }, [current, previous]);
    assert.match(headers['webhook-signature'], /^v1,\S+ v1,\S+$/);
    for (const secret of [current, previous]) verify(secret, headers);
  });

  it('has the whole seconds of the attempt', () => {
    const headers = signatureHeaders({ ...MESSAGE, sentAt: new Date(1_795_262_400_999) }, [newSecret()]);
    assert.equal(headers['webhook-timestamp'], '1795262400');
  });
});

describe('a secret', () => {
  it('is 32 random bytes after whsec_', () => {
    const secrets = Array.from({ length: 20 }, newSecret);
    assert.equal(new Set(secrets).size, 20);
    for (const secret of secrets) {
      assert.match(secret, /^whsec_[\w+/]{43}=$/);
      assert.equal(Buffer.from(secret.slice(6), 'base64').length, 32);
    }
  });
});
