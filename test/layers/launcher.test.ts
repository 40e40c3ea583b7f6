import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { FULL_LAYER } from './support/built-layer.ts';
import { CHROOT, emptyRoot, NO_EMPTY_ROOT } from './support/empty-root.ts';

const run = promisify(execFile);
/** Disables the cache of fonts. */
const NO_CACHE = { XDG_CACHE_HOME: '/dev/null' };
const FFMPEG = join(FULL_LAYER.directory, 'bin/ffmpeg');
const DRAW = ['-v', 'error', '-f', 'lavfi', '-i', 'color=size=64x64', '-vf', 'drawtext=text=A', '-frames:v', '1'];
const TO_NULL = ['-f', 'null', '-'];

describe('the full layer’s launcher', { skip: FULL_LAYER.missing }, () => {
  it('finds its layer when it is called through a link', async () => {
    using folder = scratchFolder();
    symlinkSync(FFMPEG, folder.file('another-name'));
    assert.match(
      (await run(folder.file('another-name'), ['-version'], { env: NO_CACHE })).stdout,
      /^ffmpeg version 5\.1/,
    );
  });

  it('finds its layer when it is called through PATH', async () => {
    const { stdout } = await run('ffprobe', ['-version'], {
      env: { ...NO_CACHE, PATH: join(FULL_LAYER.directory, 'bin') },
    });
    assert.match(stdout, /^ffprobe version 5\.1/);
  });

  it('replaces itself with the program, including signals and exit code', async () => {
    const sine = ['-re', '-f', 'lavfi', '-i', 'sine', '-f', 's16le', 'pipe:1'];
    const child = spawn(FFMPEG, ['-v', 'quiet', '-nostdin', ...sine], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: NO_CACHE,
    });
    await once(child.stdout, 'data');
    child.stdout.resume();
    const mapped: string[] = readFileSync(`/proc/${child.pid}/maps`, 'latin1').match(/\/.*$/gm) ?? [];
    assert.ok(mapped.includes(join(FULL_LAYER.directory, 'libexec/ffmpeg')));
    assert.deepEqual(
      mapped.filter((path) => !path.startsWith(FULL_LAYER.directory)),
      [],
      'it uses files of the machine',
    );
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [255, null]);
  });

  it('ignores the machine’s own objects and settings, except a font configuration', async () => {
    using folder = scratchFolder();
    const draw = (env: NodeJS.ProcessEnv) =>
      run(FFMPEG, [...DRAW, ...TO_NULL], { env: { XDG_CACHE_HOME: folder.path, ...env } });
    const foreign = { LD_PRELOAD: '/nowhere.so', LD_LIBRARY_PATH: '/usr/lib/x86_64-linux-gnu' };
    assert.equal((await draw(foreign)).stderr, '');
    assert.match((await draw({ FONTCONFIG_FILE: '/nowhere.conf' })).stderr, /Cannot load default config file/);
  });

  it('reports what is missing when its layer is not complete', async () => {
    using folder = scratchFolder();
    mkdirSync(folder.file('bin'));
    writeFileSync(folder.file('bin/ffmpeg'), readFileSync(FFMPEG), { mode: 0o755 });
    await assert.rejects(run(folder.file('bin/ffmpeg'), ['-version'], { env: NO_CACHE }), {
      code: 127,
      stderr: /^cannot run .*ld-linux/,
    });
  });
});

describe('the launcher in an empty root', { skip: FULL_LAYER.missing || NO_EMPTY_ROOT }, () => {
  it('finds its layer under /opt when its path is unknown', async () => {
    using root = emptyRoot(FULL_LAYER.directory);
    const [file, args] = root.within('env', '-i', 'PATH=/opt/bin', CHROOT, root.path, 'ffmpeg', '-version');
    assert.match((await run(file, args)).stdout, /^ffmpeg version 5\.1/);
  });

  it('caches fonts in its own folder', async () => {
    using root = emptyRoot(FULL_LAYER.directory);
    await root.run('/opt/bin/ffmpeg', ...DRAW, ...TO_NULL);
    await eventually(() => assert.ok(readdirSync(join(root.tmp, 'ffmpeg-fonts-0/fontconfig')).length > 0));
  });

  it('does not cache them when that folder is open to other users', async () => {
    using root = emptyRoot(FULL_LAYER.directory);
    const folder = join(root.tmp, 'ffmpeg-fonts-0');
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    await root.run('/opt/bin/ffmpeg', ...DRAW, ...TO_NULL);
    assert.deepEqual(readdirSync(folder), []);
  });
});
