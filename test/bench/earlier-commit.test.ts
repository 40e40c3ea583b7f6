import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseBaselines } from '../../bench/support/earlier-commit/baselines.ts';
import { checkOut } from '../../bench/support/earlier-commit/checkout.ts';
import { findEarlier } from '../../bench/support/earlier-commit/find.ts';
import { isSatisfiedBy } from '../../bench/support/earlier-commit/lock-file.ts';
import { HAS_HISTORY } from './support/history.ts';

describe('bench/baseline.txt', () => {
  it('contains each commit with its description, in the order of the file', () => {
    assert.deepEqual(parseBaselines('82557f6 before it all\n# a comment\n\n0123456789abcdef then\n'), [
      { commit: '82557f6', words: 'before it all' },
      { commit: '0123456789abcdef', words: 'then' },
    ]);
  });

  it('is refused with the line number when a line is not a commit with a description', () => {
    for (const line of ['82557f6', 'main the branch', '82557 too short', '82557F6 upper case']) {
      assert.throws(() => parseBaselines(`# a comment\n${line}`), /line 2/, line);
    }
  });

  it('is refused when it has no commit', () => {
    assert.throws(() => parseBaselines('# nothing\n'), /has no commit/);
  });

  it('begins with 82557f6', () => {
    const text = readFileSync(new URL('../../bench/baseline.txt', import.meta.url), 'utf8');
    assert.equal(parseBaselines(text)[0].commit, '82557f6');
    assert.match(text, /^82557f6 /);
  });
});

describe('a lock file', () => {
  const installed = { packages: { '': { version: '1.0.0' }, 'node_modules/a': { version: '2.0.0' } } };

  it('is satisfied when each package has the same path and version', () => {
    assert.ok(isSatisfiedBy({ packages: { 'node_modules/a': { version: '2.0.0' } } }, installed));
    assert.ok(!isSatisfiedBy({ packages: { 'node_modules/a': { version: '2.0.1' } } }, installed));
    assert.ok(!isSatisfiedBy({ packages: { 'node_modules/b': { version: '2.0.0' } } }, installed));
  });

  it('does not depend on the version of the project, or on development and optional packages', () => {
    const wanted = {
      packages: {
        '': { version: '0.9.0' },
        'node_modules/b': { version: '1.0.0', dev: true },
        'node_modules/c': { version: '1.0.0', optional: true },
      },
    };
    assert.ok(isSatisfiedBy(wanted, installed));
  });
});

describe('an earlier commit', () => {
  it('is checked out with its own host and the packages of this checkout, and removed again', {
    skip: !HAS_HISTORY && 'there is no git history',
  }, async () => {
    let root: string;
    {
      using earlier = await checkOut('HEAD');
      assert.match(earlier.commit, /^[0-9a-f]{7,}$/);
      const file = fileURLToPath(earlier.host.file);
      root = dirname(dirname(file));
      assert.ok(existsSync(file));
      assert.ok(existsSync(`${root}/node_modules/pino/package.json`));
      assert.ok(earlier.host.environment['NODE_COMPILE_CACHE']?.startsWith(dirname(root)));
    }
    assert.ok(!existsSync(dirname(root)));
    assert.ok(existsSync(new URL('../../node_modules/pino/package.json', import.meta.url)));
  });

  it('throws when a named commit does not exist', async () => {
    await assert.rejects(findEarlier('no-such-commit'), /git has no commit no-such-commit here/);
    await assert.rejects(findEarlier('--help'), /git has no commit --help here/);
  });

  it('is left out on request', async () => {
    assert.deepEqual(await findEarlier('none'), { line: 'against    no earlier commit' });
  });
});
