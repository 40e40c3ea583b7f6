import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { provideTools } from '../../layers/builder/tools.ts';

const TOOLS = { gcc: 'build-essential', make: 'build-essential', gperf: 'gperf' };

/** A machine with these programs, and a way to install those that are in `archive`. */
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
  it('that are all there are not installed again', () => {
    const { installer, ran, said } = machine(['gcc', 'make', 'gperf'], []);
    provideTools(TOOLS, installer);
    assert.deepEqual([ran, said], [[], []]);
  });

  it('that are missing are installed, each package once, and it is said', () => {
    const { installer, ran, said } = machine(['gperf'], ['build-essential']);
    provideTools(TOOLS, installer);
    assert.deepEqual(ran, ['build-essential']);
    assert.match(said.join('\n'), /installing build-essential \(apt-get install -y/);
  });

  it('that cannot be installed are named, with what has them', () => {
    const { installer } = machine(['make']);
    assert.throws(() => provideTools(TOOLS, installer), {
      message: 'missing: gcc, gperf; on Debian: apt-get install build-essential gperf',
    });
  });

  it('that apt-get did not bring are named', () => {
    const { installer } = machine([], ['build-essential']);
    assert.throws(() => provideTools(TOOLS, installer), { message: /^missing: gperf;/ });
  });
});
