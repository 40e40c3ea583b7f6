import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { idempotencyOf } from '#lib/jobs/idempotency.ts';

describe('an Idempotency-Key', () => {
  it('is optional, and kept as it is', async () => {
    assert.equal(await idempotencyOf(undefined, {}), undefined);
    assert.equal((await idempotencyOf('order 17', {}))?.key, 'order 17');
  });

  it('is refused when it is empty, too long, or not printable', async () => {
    for (const key of ['', 'x'.repeat(256), 'a\n', 'ü', '\u0000']) {
      await assert.rejects(idempotencyOf(key, {}), { code: 'VALIDATION_ERROR' }, JSON.stringify(key));
    }
    assert.ok(await idempotencyOf('x'.repeat(255), {}));
  });

  it('comes with a digest that only the same request has', async () => {
    const digest = async (spec: object) => (await idempotencyOf('k', spec))?.digest;
    await fc.assert(
      fc.asyncProperty(fc.object(), fc.object(), async (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        assert.equal((await digest(one)) === (await digest(other)), isSame);
      }),
    );
  });
});
