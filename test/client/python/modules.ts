import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FFMPEG } from '../../support/ffmpeg.ts';
import { GROUPS, type Group } from './groups.ts';
import { PYTHON, PYTHON_MISSING } from './interpreter.ts';
import { type PythonSystem, startPythonSystem } from './system.ts';

const PROJECT = fileURLToPath(new URL('../../../client/python', import.meta.url));
/** An unclosed resource fails the test, and so does a hanging one. */
const STRICT = ['-X', 'dev', '-X', 'faulthandler', '-W', 'error::ResourceWarning'];
const TIMEOUT_MS = 290_000;

/** Runs a group of Python test modules against one system: one test and one process per module. */
export function testPythonModules(group: Group): void {
  let system: PythonSystem | undefined;
  before(async () => {
    if (PYTHON_MISSING !== false) return;
    const texts = [...GROUPS[group].map((module) => `test_${module}.py`), 'misbehaving.py'].map((file) =>
      readFileSync(join(PROJECT, 'tests', file), 'utf8'),
    );
    system = await startPythonSystem((path) => texts.some((text) => text.includes(path)));
  });
  after(async () => await system?.[Symbol.asyncDispose]());

  for (const module of GROUPS[group]) {
    const name = `the Python client passes its tests: ${module.replaceAll('_', ' ')}`;
    test(name, { skip: PYTHON_MISSING, timeout: TIMEOUT_MS }, async () => {
      const { code, printed } = await run(module, system?.controlUrl ?? '');
      assert.equal(code, 0, printed);
      assert.match(printed, /^Ran [1-9]\d* tests? in /m);
      assert.doesNotMatch(printed, /Exception ignored|ResourceWarning|Exception in thread/);
    });
  }
}

async function run(module: string, controlUrl: string): Promise<{ code: number | null; printed: string }> {
  // Each client examines its ffmpeg, and the layer's starts ten times as fast as that of a distribution.
  const { PATH, TMPDIR, FFMPEG_PATH = FFMPEG } = process.env;
  const discover = ['discover', '--start-directory', 'tests', '--pattern', `test_${module}.py`, '--verbose'];
  const child = spawn(PYTHON, [...STRICT, '-m', 'unittest', ...discover], {
    cwd: PROJECT,
    env: {
      PATH,
      TMPDIR,
      FFMPEG_PATH,
      PYTHONPATH: PROJECT,
      PYTHONDONTWRITEBYTECODE: '1',
      SOURCE_ALLOWED_NETWORKS: '127.0.0.0/8',
      FFMPEG_FUNCTIONS_TEST_CONTROL: controlUrl,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const impatience = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS - 10_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(impatience);
  return { code, printed };
}
