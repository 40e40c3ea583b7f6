import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openOutput } from '../../../client/cli/output/output-file.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';

const WRITE = fileURLToPath(new URL('fixtures/write-output.ts', import.meta.url));

/**
 * Runs shell text in a folder, with `write NAME` for the program under test. The names are links of the folder's own
 * `dev`, which lead where those of /dev lead: what a defect replaces there is only a link of the test.
 */
function shell(folder: ScratchFolder, text: string): string {
  mkdirSync(folder.file('dev'));
  symlinkSync('/proc/self/fd/1', folder.file('dev/stdout'));
  symlinkSync('/proc/self/fd', folder.file('dev/fd'));
  symlinkSync('/dev/null', folder.file('dev/null'));
  const write = 'write() { "$NODE" "$WRITE" "$@"; }';
  const { stdout, stderr, status } = spawnSync('bash', ['-c', `set -e -o pipefail; ${write}; ${text}`], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], NODE: process.execPath, WRITE },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const links = ['stdout', 'fd', 'null'].map((name) => readlinkSync(folder.file(`dev/${name}`)));
  assert.deepEqual(links, ['/proc/self/fd/1', '/proc/self/fd', '/dev/null']);
  return stdout;
}

async function replace(path: string, text: string): Promise<void> {
  const output = openOutput(path);
  await new Promise((resolve) => output.stream.end(text, resolve as () => void));
  await output.finish();
}

describe('the output of ffn', () => {
  it('is written to what is no regular file, and leaves it in place', () => {
    for (const [text, expected] of [
      ['echo audio | write dev/stdout | cat', 'audio\n'],
      ['echo audio | write dev/stdout', 'audio\n'],
      ['echo audio | write dev/fd/3 3>&1 | cat', 'audio\n'],
      ['echo audio | write dev/null; test -c dev/null', ''],
      ['mkfifo pipe; cat pipe & echo audio | write pipe; wait $!; test -p pipe', 'audio\n'],
      [
        'mkfifo pipe; ln -s pipe link; cat pipe & echo audio | write link; wait $!; test -p pipe; test -L link',
        'audio\n',
      ],
      ['echo audio | write >(cat > copy); wait $!; cat copy', 'audio\n'],
    ] as const) {
      using folder = scratchFolder();
      assert.equal(shell(folder, text), expected, text);
    }
  });

  it('goes after what a redirected descriptor has written', () => {
    for (const [text, expected] of [
      ['echo audio | write dev/stdout > file; cat file', 'audio\n'],
      ['echo before > file; echo audio | write dev/stdout >> file; cat file', 'before\naudio\n'],
      ['{ echo before >&3; echo audio | write dev/fd/3; } 3> file; cat file', 'before\naudio\n'],
    ] as const) {
      using folder = scratchFolder();
      assert.equal(shell(folder, text), expected, text);
      assert.deepEqual(readdirSync(folder.path).toSorted(), ['dev', 'file']);
    }
  });

  it('replaces a regular file only when complete, and keeps its mode', async () => {
    using folder = scratchFolder();
    const path = folder.file('a.opus');
    writeFileSync(path, 'before');
    chmodSync(path, 0o604);
    const output = openOutput(path);
    await new Promise((resolve) => output.stream.write('audio', resolve as () => void));
    assert.equal(readFileSync(path, 'utf8'), 'before');
    await new Promise((resolve) => output.stream.end(resolve as () => void));
    await output.finish();
    assert.equal(readFileSync(path, 'utf8'), 'audio');
    assert.equal(statSync(path).mode & 0o777, 0o604);
    assert.deepEqual(readdirSync(folder.path), ['a.opus']);
  });

  it('goes through links to their target, existing or not', async () => {
    using folder = scratchFolder();
    mkdirSync(folder.file('music'));
    mkdirSync(folder.file('links'));
    for (const isThere of [false, true]) {
      const name = `${isThere}.opus`;
      if (isThere) writeFileSync(folder.file(`music/${name}`), 'before');
      symlinkSync(`../music/${name}`, folder.file(`links/${name}`));
      symlinkSync(`links/${name}`, folder.file(name));
      await replace(folder.file(name), 'audio');
      assert.equal(readFileSync(folder.file(`music/${name}`), 'utf8'), 'audio');
      assert.ok(lstatSync(folder.file(name)).isSymbolicLink());
      assert.ok(lstatSync(folder.file(`links/${name}`)).isSymbolicLink());
    }
    assert.deepEqual(readdirSync(folder.file('music')).toSorted(), ['false.opus', 'true.opus']);
  });

  it('names an output that cannot be opened', () => {
    using folder = scratchFolder();
    symlinkSync('loop', folder.file('loop'));
    for (const [name, code] of [
      ['loop', 'ELOOP'],
      ['absent/a.opus', 'ENOENT'],
    ] as const) {
      assert.throws(() => openOutput(folder.file(name)), {
        message: `${folder.file(name)} cannot be written (${code})`,
      });
    }
  });
});
