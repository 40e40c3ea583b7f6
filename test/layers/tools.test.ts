import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { provideTools } from '../../layers/builder/tools.ts';

const TOOLS = { gcc: 'build-essential', make: 'build-essential', gperf: 'gperf' };

/** A machine with these programs, and an installer for those in `archive`. */
function machine(there: readonly string[], archive?: readonly string[]) {
  const has = new Set(there);
  const ran: string[] = [];
  const said: string[] = [];
  const install = (packages: readonly string[]): void => {
    ran.push(packages.join(' '));
    for (const [tool, name] of Object.entries(TOOLS)) {
      if (archive?.includes(name) && packages.includes(name)) has.add(tool);
    }
  };
  return {
    ran,
    said,
    installer: {
      has: (tool: string) => has.has(tool),
      install: archive === undefined ? undefined : install,
      report: (line: string) => void said.push(line),
    },
  };
}

describe('the tools of a build', () => {
  it('are not installed again when all exist', () => {
    const { installer, ran, said } = machine(['gcc', 'make', 'gperf'], []);
    provideTools(TOOLS, installer);
    assert.deepEqual([ran, said], [[], []]);
  });

  it('are installed when missing, each package once, with a message', () => {
    const { installer, ran, said } = machine(['gperf'], ['build-essential']);
    provideTools(TOOLS, installer);
    assert.deepEqual(ran, ['build-essential']);
    assert.match(said.join('\n'), /installing build-essential \(apt-get install -y/);
  });

  it('are named with their packages when they cannot be installed', () => {
    const { installer } = machine(['make']);
    assert.throws(() => provideTools(TOOLS, installer), {
      message: 'missing: gcc, gperf; on Debian: apt-get install build-essential gperf',
    });
  });

  it('are named when apt-get did not install them', () => {
    const { installer } = machine([], ['build-essential']);
    assert.throws(() => provideTools(TOOLS, installer), { message: /^missing: gperf;/ });
  });
});
