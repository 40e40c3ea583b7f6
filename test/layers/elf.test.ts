import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { AUDIO_LAYER, FULL_LAYER } from './support/built-layer.ts';
import { elfFiles, readElf } from './support/elf.ts';

/** The C and C++ libraries of Amazon Linux 2023, on which the functions run. */
const PLATFORM_GLIBC = '2.34';
const PLATFORM_GLIBCXX = '3.4.29';

function isNewer(version: string | undefined, than: string): boolean {
  return version !== undefined && version.localeCompare(than, 'en', { numeric: true }) > 0;
}

describe('the check itself', () => {
  it('detects what a dynamic program needs', async () => {
    const { interpreter, needed, newestGlibc } = await readElf(process.execPath);
    assert.match(interpreter ?? '', /ld-linux/);
    assert.ok(needed.includes('libc.so.6'));
    assert.match(newestGlibc ?? '', /^2\.\d+/);
    assert.ok(
      isNewer('2.36', '2.34') && isNewer('2.100', '2.34') && !isNewer('2.34', '2.34') && !isNewer('2.4', '2.34'),
    );
  });
});

describe('the audio layer', { skip: AUDIO_LAYER.missing }, () => {
  it('has an ffmpeg for each processor level, and no other programs', () => {
    const programs = elfFiles(AUDIO_LAYER.directory).map((file) => relative(AUDIO_LAYER.directory, file));
    assert.deepEqual(programs.toSorted(), ['bin/ffmpeg-audio', 'bin/ffmpeg-audio-v2']);
  });

  it('needs no loader, no library, and no newer C library than the platform’s', async () => {
    for (const file of elfFiles(AUDIO_LAYER.directory)) {
      const { interpreter, needed, newestGlibc } = await readElf(file);
      assert.deepEqual([interpreter, needed], [undefined, []], file);
      assert.ok(!isNewer(newestGlibc, PLATFORM_GLIBC), `${file} needs glibc ${newestGlibc}`);
    }
  });
});

describe('the full layer', { skip: FULL_LAYER.missing }, () => {
  const { directory } = FULL_LAYER;

  it('starts through programs that need nothing of the machine', async () => {
    assert.deepEqual(readdirSync(join(directory, 'bin')).toSorted(), ['ffmpeg', 'ffprobe']);
    for (const name of ['ffmpeg', 'ffprobe']) {
      const { interpreter, needed } = await readElf(join(directory, 'bin', name));
      assert.deepEqual([interpreter, needed], [undefined, []], name);
    }
  });

  it('has every shared object that anything in it needs', async () => {
    const there = new Set(readdirSync(join(directory, 'lib')));
    for (const file of elfFiles(directory)) {
      const { needed, runPaths } = await readElf(file);
      const missing = needed.filter((name) => !there.has(name));
      assert.deepEqual([missing, runPaths], [[], []], file);
    }
  });

  it('has no shared object that nothing in it needs', async () => {
    const files = elfFiles(directory);
    const needed = new Set((await Promise.all(files.map(readElf))).flatMap((elf) => elf.needed));
    needed.add('ld-linux-x86-64.so.2');
    // Other programs load it.
    needed.add('libsrt.so');
    const idle = files.filter((file) => relative(directory, file).startsWith('lib/') && !needed.has(basename(file)));
    assert.deepEqual(idle, []);
  });

  it('has an SRT library for programs that use the platform’s C and C++ libraries', async () => {
    const { needed, newestGlibc, newestGlibcxx } = await readElf(join(directory, 'lib/libsrt.so'));
    assert.deepEqual(
      needed.filter((name) => !/^lib(?:stdc\+\+|m|gcc_s|c)\.so/.test(name)),
      [],
    );
    assert.ok(!isNewer(newestGlibc, PLATFORM_GLIBC), `it needs glibc ${newestGlibc}`);
    assert.ok(!isNewer(newestGlibcxx, PLATFORM_GLIBCXX), `it needs GLIBCXX_${newestGlibcxx}`);
  });

  it('needs no newer C library than its own', async () => {
    const files = elfFiles(directory);
    // The newest version that it defines is its own.
    const { newestGlibc: brought = '' } = await readElf(join(directory, 'lib/libc.so.6'));
    for (const file of files) {
      const { newestGlibc } = await readElf(file);
      assert.ok(!isNewer(newestGlibc, brought), `${file} needs glibc ${newestGlibc}, and there is ${brought}`);
    }
  });
});
