import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { PYTHON } from './interpreter.ts';

const PACKAGE_FOLDER = fileURLToPath(new URL('../../../client/python', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../../client/python/tests/programs/codes.py', import.meta.url));

/** A Python client without a service. */
export type PythonLocalFfmpeg = AsyncDisposable & {
  /** The error code of a source; undefined when it plays. */
  codeOf(sourceUrl: string, outputFormat: string): Promise<string | undefined>;
};

/** Starts a Python process that plays one source at a time, with this ffmpeg or that of `PATH`. */
export function startPythonLocalFfmpeg(ffmpeg?: string): PythonLocalFfmpeg {
  const { PATH, TMPDIR } = process.env;
  const child = spawn(PYTHON, [PROGRAM], {
    env: {
      PATH,
      TMPDIR,
      FFMPEG_PATH: ffmpeg,
      PYTHONPATH: PACKAGE_FOLDER,
      PYTHONDONTWRITEBYTECODE: '1',
      SOURCE_ALLOWED_NETWORKS: '127.0.0.0/8',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  return {
    codeOf(source_url, output_format) {
      const answer = last.then(async () => {
        child.stdin.write(`${JSON.stringify({ source_url, output_format })}\n`);
        const { value, done } = await answers.next();
        if (done === true) throw new Error('Python has exited');
        return (JSON.parse(value) as string | null) ?? undefined;
      });
      last = answer.catch(() => undefined);
      return answer;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
