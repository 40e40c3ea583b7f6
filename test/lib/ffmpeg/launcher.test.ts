import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import {
  ATTEMPTS_MISSING,
  type AttemptOptions,
  type Attempts,
  compileAttempts,
  LAUNCHER,
  LEVELS,
  USERS,
} from './support/attempts.ts';

const skip = ATTEMPTS_MISSING;

/** A file that a confined program has no business with, readable by everyone. */
const FOREIGN = '/etc/passwd';

let attempts: Attempts;
const attempt = (name: string, options?: AttemptOptions): string => attempts.attempt(name, options);

before(() => {
  if (skip === false) attempts = compileAttempts();
});
after(() => attempts?.[Symbol.dispose]());

describe('a program that the launcher has started', { skip }, () => {
  for (const level of LEVELS) {
    for (const uid of USERS) {
      it(`can do nothing that its level forbids (${level.level}${uid === undefined ? '' : ', unprivileged'})`, () => {
        assert.deepEqual(attempts.attemptAll(level, uid), level.results);
      });
    }
  }

  for (const uid of USERS) {
    it(`cannot read the environment of its owner (${uid ?? 'root'})`, async () => {
      const owner = spawn('/bin/sh', ['-c', 'echo ready; read -r line'], {
        ...(uid === undefined ? {} : { uid, gid: uid }),
      });
      try {
        await once(owner.stdout, 'data');
        for (const { launch, level } of LEVELS) {
          for (const file of ['environ', 'mem', 'maps', 'fd/0']) {
            const result = attempt('read_file', { launch, argument: `/proc/${owner.pid}/${file}`, uid });
            assert.equal(result, 'EACCES', `${level}: ${file}`);
          }
        }
        // An unprivileged owner is protected by these levels alone.
        if (uid !== undefined) {
          assert.equal(attempt('read_file', { argument: `/proc/${owner.pid}/environ`, uid }), 'done');
        }
      } finally {
        owner.kill('SIGKILL');
        await once(owner, 'close');
      }
    });
  }

  it('reads what it is given, and writes in the folder it is given', () => {
    const launch = ['--calls', 'full', '--files', '--read', '/etc', '--write', attempts.writable];
    assert.equal(attempt('read_file', { launch, argument: FOREIGN }), 'done');
    assert.equal(attempt('write_file', { launch, argument: `${attempts.writable}/made` }), 'done');
    assert.ok(existsSync(`${attempts.writable}/made`));
    assert.equal(attempt('write_file', { launch, argument: `${attempts.path}/made` }), 'EACCES');
    assert.equal(attempt('read_file', { launch, argument: '/proc/version' }), 'EACCES');
  });

  it('opens its input again when that is a file without a name that belongs to another user', () => {
    const path = attempts.file('spooled');
    writeFileSync(path, 'media', { mode: 0o600 });
    const file = openSync(path, 'r');
    try {
      unlinkSync(path);
      const input = `/proc/${process.pid}/fd/${file}`;
      assert.equal(attempt('read_input_again', { launch: ['--calls', 'audio', '--files'], input }), 'done');
    } finally {
      closeSync(file);
    }
  });

  it('is limited in memory and CPU time', () => {
    const limits = ['--memory', '16000000', '--cpu', '1', '--calls', 'audio'];
    assert.equal(attempt('get_memory', { launch: limits, argument: '8000000' }), 'done');
    assert.equal(attempt('get_memory', { launch: limits, argument: '32000000' }), 'ENOMEM');
    // SIGXCPU.
    assert.match(attempt('spin', { launch: limits }), /^exit 152 /);
  });

  it('does not start when its owner is no longer its parent', () => {
    assert.equal(spawnSync(LAUNCHER, ['--owner', '1', '--', attempts.program, 'new_thread']).status, 125);
  });
});

describe('the launcher', { skip }, () => {
  it('refuses options that it does not know, and runs nothing', () => {
    for (const options of [['--cals', 'audio'], ['--calls', 'none'], ['--calls'], []]) {
      const { status, stdout, stderr } = spawnSync(LAUNCHER, ['--owner', String(process.pid), ...options]);
      assert.deepEqual([status, stdout.toString()], [126, ''], options.join(' '));
      assert.match(stderr.toString(), /^ffmpeg-launcher: /);
    }
  });

  it('reports a program that cannot be run', () => {
    const { status, stderr } = spawnSync(LAUNCHER, ['--owner', String(process.pid), '--', '/nowhere/ffmpeg']);
    assert.equal(status, 127);
    assert.match(stderr.toString(), /\/nowhere\/ffmpeg: No such file/);
  });

  it('reports what the kernel offers', () => {
    assert.match(spawnSync(LAUNCHER, ['--report']).stdout.toString(), /^landlock \d+\nseccomp [01]\n$/);
  });
});
