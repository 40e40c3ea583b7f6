import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { describe, it } from 'node:test';
import { CONFINED } from './support/confined.ts';
import { filesIn, filesOf, JOBS, LONG, laneOf, pathToStarter, TIMED, testFiles } from './support/lanes.ts';
import { scratchFolder } from './support/scratch-folder.ts';

/** The chain of imports from a file with this text. */
function chainFrom(text: string): readonly string[] | undefined {
  using folder = scratchFolder();
  writeFileSync(folder.file('a.test.ts'), text);
  return pathToStarter(folder.file('a.test.ts'))?.slice(1);
}

describe('the unit lane', () => {
  it('holds files that import nothing that starts a process or opens a socket', async () => {
    assert.equal(laneOf('test/lib/errors.test.ts'), 'unit');
    assert.equal(laneOf('test/e2e/one-host.test.ts'), 'parallel');
    assert.ok((await testFiles()).filter((file) => laneOf(file) === 'unit').length > 100);
  });

  for (const [text, module] of Object.entries({
    "import { spawn } from 'node:child_process';": 'node:child_process',
    "import net from 'node:net';": 'node:net',
    "import * as net from 'node:net';": 'node:net',
    "import { isIP, connect as open } from 'node:net';": 'node:net',
    "import {\n  createServer,\n  type Server,\n} from 'node:http';": 'node:http',
    "export { request } from 'node:https';": 'node:https',
    "const { build } = await import('esbuild');": 'esbuild',
  })) {
    it(`does not hold a file with ${JSON.stringify(text)}`, () => assert.deepEqual(chainFrom(text), [module]));
  }

  for (const text of [
    "import type { Server } from 'node:http';",
    "import { isIP, type Socket } from 'node:net';",
    "import { STATUS_CODES } from 'node:http';",
    "import { join } from 'node:path';",
  ]) {
    it(`may hold a file with ${JSON.stringify(text)}`, () => assert.equal(chainFrom(text), undefined));
  }

  it('follows imports from file to file, across folders', () => {
    assert.deepEqual(
      chainFrom("import { startFfmpeg } from '#lib/ffmpeg/process.ts';")?.at(0),
      'lib/ffmpeg/process.ts',
    );
    assert.match(pathToStarter('test/e2e/one-host.test.ts')?.at(-1) ?? '', /^node:/);
  });

  it('runs where no process can be started, no socket opened and no file written outside the temporary folder', () => {
    const fixture = new URL('fixtures/lanes/starts-things.ts', import.meta.url).pathname;
    execFileSync(process.execPath, [...CONFINED, fixture], { stdio: 'pipe' });
  });
});

describe('the stages', () => {
  it('have every file once, and the unit tests of video jobs are not in theirs', async () => {
    const files = await testFiles();
    const [main, jobs] = [filesOf('main', files), filesOf('jobs', files)];
    assert.deepEqual([...main, ...jobs].toSorted(), files);
    assert.ok(jobs.includes('test/lib/jobs/graph/joining.test.ts'));
    assert.ok(main.includes('test/lib/jobs/plan/plan.test.ts'));
  });
});

describe('the lists of timed and of long files', () => {
  it('name files that exist', async () => {
    const files = await testFiles(['test/**/*.{test,example}.ts']);
    assert.deepEqual(
      [...TIMED, ...LONG, ...JOBS].filter((pattern) => !files.some((file) => matchesGlob(file, pattern))),
      [],
    );
  });

  it('put every file into one lane', async () => {
    const files = await testFiles();
    const lanes = (['unit', 'parallel', 'timed'] as const).flatMap((lane) => filesIn(lane, files));
    assert.deepEqual(lanes.toSorted(), files);
  });
});
