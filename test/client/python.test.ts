import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PYTHON, PYTHON_MISSING } from './python.ts';
import { startPythonSystem } from './python-system.ts';

const PROJECT = fileURLToPath(new URL('../../client/python', import.meta.url));
/** A resource that is not closed is a failure, and so is a test that hangs. */
const STRICT = ['-X', 'dev', '-X', 'faulthandler', '-W', 'error::ResourceWarning'];
const TIMEOUT_MS = 480_000;

test('the Python client keeps its promises against the running system', {
  skip: PYTHON_MISSING,
  timeout: TIMEOUT_MS,
}, async () => {
  await using system = await startPythonSystem();
  const { PATH, TMPDIR } = process.env;
  const child = spawn(PYTHON, [...STRICT, '-m', 'unittest', 'discover', '--start-directory', 'tests', '--verbose'], {
    cwd: PROJECT,
    env: {
      PATH,
      TMPDIR,
      PYTHONPATH: PROJECT,
      PYTHONDONTWRITEBYTECODE: '1',
      FFMPEG_FUNCTIONS_TEST_CONTROL: system.controlUrl,
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
  assert.equal(code, 0, printed);
  assert.doesNotMatch(printed, /Exception ignored|ResourceWarning|Exception in thread/);
});
