import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { LAUNCHER_LAYER } from '../../layers/support/built-layer.ts';
import { compiled, NO_COMPILER } from '../../support/compiled.ts';

const LAUNCHER = `${LAUNCHER_LAYER.directory}/bin/ffmpeg-launcher`;
const skip = LAUNCHER_LAYER.missing || NO_COMPILER;

/** A file that a confined program has no business with, readable by everyone. */
const FOREIGN = '/etc/passwd';

let attempts: ReturnType<typeof compiled>;
let writable: string;

before(() => {
  if (skip !== false) return;
  attempts = compiled(new URL('fixtures/attempts.c', import.meta.url));
  writable = attempts.file('writable');
  mkdirSync(writable);
  chmodSync(writable, 0o777);
});
after(() => attempts?.[Symbol.dispose]());

/** The shell becomes the owner. It reports how the program ended. */
const OWNER = 'exec 3<"$1"; shift; "$0" --owner $$ "$@"; echo "exit $?"';

type Options = {
  readonly launch?: readonly string[];
  readonly argument?: string;
  readonly uid?: number | undefined;
  readonly input?: string;
};

/** Returns what a program that was started by the launcher has achieved: `done`, the name of an error, or `killed`. */
function attempt(name: string, { launch = [], argument = '', uid, input = '/etc/group' }: Options = {}): string {
  const command = ['-c', OWNER, LAUNCHER, input, ...launch, '--', attempts.program, name, argument];
  const { stdout, stderr } = spawnSync('/bin/sh', command, {
    env: { SECRET: 'of-the-owner' },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const [first = '', last = ''] = stdout.toString().trim().split('\n');
  if (last === 'exit 0') return first;
  return first === `exit ${128 + 31}` ? 'killed' : `${first} ${stderr}`;
}

/** Attempts, and their results by level of confinement. */
const FULL = {
  'read_file /etc/passwd': 'EACCES',
  'write_file FOLDER': 'EACCES',
  open_socket: 'killed',
  reach_port: 'killed',
  new_process: 'EPERM',
  run_shell: 'EACCES',
  signal_owner: 'killed',
  trace_owner: 'killed',
  new_namespace: 'killed',
  become_root: 'killed',
  'change_mode /etc/passwd': 'killed',
  dump_core: 'EPERM',
  environment: 'ENOENT',
  new_thread: 'done',
  read_input_again: 'done',
};
const SECCOMP = { ...FULL, run_shell: 'killed', read_input_again: 'EACCES' };
/** For other builds of ffmpeg: an unusual call fails, and does not kill. */
const LENIENT = {
  ...FULL,
  open_socket: 'EPERM',
  reach_port: 'EPERM',
  signal_owner: 'EPERM',
  trace_owner: 'EPERM',
  new_namespace: 'EPERM',
  become_root: 'EPERM',
  'change_mode /etc/passwd': 'EPERM',
};

const LEVELS = [
  { level: 'full, for the audio layer', launch: ['--calls', 'audio', '--files'], results: FULL },
  { level: 'seccomp, for the audio layer', launch: ['--calls', 'audio', '--no-open'], results: SECCOMP },
  { level: 'full, for another ffmpeg', launch: ['--calls', 'full', '--files'], results: LENIENT },
  { level: 'full, in namespaces', launch: ['--calls', 'audio', '--files', '--namespaces'], results: FULL },
];
/** The starts by root and by a user without rights. */
const USERS = process.getuid?.() === 0 ? [undefined, 1_234] : [undefined];

describe('a program that the launcher has started', { skip }, () => {
  for (const { level, launch, results } of LEVELS) {
    for (const uid of USERS) {
      it(`can do nothing that its level forbids (${level}${uid === undefined ? '' : ', unprivileged'})`, () => {
        const achieved = Object.keys(results).map((text) => {
          const [name = '', argument = ''] = text.replace('FOLDER', `${writable}/made`).split(' ');
          return [text, attempt(name, { launch, argument, uid })];
        });
        assert.deepEqual(Object.fromEntries(achieved), results);
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
    const launch = ['--calls', 'full', '--files', '--read', '/etc', '--write', writable];
    assert.equal(attempt('read_file', { launch, argument: FOREIGN }), 'done');
    assert.equal(attempt('write_file', { launch, argument: `${writable}/made` }), 'done');
    assert.ok(existsSync(`${writable}/made`));
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
