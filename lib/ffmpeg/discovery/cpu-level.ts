import { readFile } from 'node:fs/promises';

/** A level of the x86-64 psABI for which the layers have a build, lowest first. */
export type CpuLevel = 'x86-64-v2' | 'x86-64-v3';

/** The flags that each level adds, with their Linux names (https://gitlab.com/x86-psABIs/x86-64-ABI, table 3.1). */
const FLAGS: Readonly<Record<CpuLevel, readonly string[]>> = {
  'x86-64-v2': ['cx16', 'lahf_lm', 'popcnt', 'pni', 'sse4_1', 'sse4_2', 'ssse3'],
  'x86-64-v3': ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave'],
};

/** Returns the levels of a processor, best first, from the text of `/proc/cpuinfo`. */
export function cpuLevelsOf(cpuinfo: string): CpuLevel[] {
  const flags = new Set(/^flags\s*: (.*)$/m.exec(cpuinfo)?.[1]?.split(' '));
  const levels: CpuLevel[] = [];
  for (const [level, added] of Object.entries(FLAGS) as [CpuLevel, readonly string[]][]) {
    if (!added.every((flag) => flags.has(flag))) break;
    levels.unshift(level);
  }
  return levels;
}

/** Returns the levels of this machine; none if it is not x86-64 or its levels are unknown. */
export async function cpuLevels(): Promise<CpuLevel[]> {
  if (process.arch !== 'x64') return [];
  return cpuLevelsOf(await readFile('/proc/cpuinfo', 'utf8').catch(() => ''));
}
