import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { cpuLevels, cpuLevelsOf } from '#lib/ffmpeg/discovery/cpu-level.ts';

const V2 = 'fpu lm cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3';
const V3 = `${V2} avx avx2 bmi1 bmi2 f16c fma abm movbe xsave`;

function cpuinfo(flags: string): string {
  return `processor\t: 0\nmodel name\t: A processor\nflags\t\t: ${flags}\nbugs\t\t: none\n\nprocessor\t: 1\nflags\t\t: fpu\n`;
}

describe('cpuLevelsOf', () => {
  it('returns the levels of a processor, best first', () => {
    assert.deepEqual(cpuLevelsOf(cpuinfo(V3)), ['x86-64-v3', 'x86-64-v2']);
    assert.deepEqual(cpuLevelsOf(cpuinfo(V2)), ['x86-64-v2']);
    assert.deepEqual(cpuLevelsOf(cpuinfo('fpu lm sse2')), []);
  });

  it('returns the level below for a processor that lacks one flag', () => {
    for (const flag of ['avx2', 'fma', 'abm', 'xsave'])
      assert.deepEqual(cpuLevelsOf(cpuinfo(V3.replace(` ${flag}`, ''))), ['x86-64-v2'], flag);
    assert.deepEqual(cpuLevelsOf(cpuinfo(V3.replace(' ssse3', ''))), []);
  });

  it('returns none without such a list', () => {
    assert.deepEqual(cpuLevelsOf(''), []);
    assert.deepEqual(cpuLevelsOf('Features : fp asimd evtstrm aes\n'), []);
  });
});

describe('cpuLevels', () => {
  const loader = '/lib64/ld-linux-x86-64.so.2';
  const told = process.arch === 'x64' ? execLoader() : undefined;

  function execLoader(): string | undefined {
    try {
      return execFileSync(loader, ['--help'], { encoding: 'utf8' });
    } catch {
      return undefined;
    }
  }

  it('agrees with the C library of this machine', {
    skip: told === undefined && 'no loader of glibc 2.33 or newer',
  }, async () => {
    const levels = [...(told ?? '').matchAll(/^ {2}(x86-64-v[23]) \(supported/gm)].map(([, level]) => level);
    assert.deepEqual(await cpuLevels(), levels);
  });
});
