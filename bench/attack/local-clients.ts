import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { AppError } from '#lib/errors.ts';
import { PYTHON, PYTHON_MISSING } from '../../test/client/python/interpreter.ts';
import { readAudio, testClient } from '../../test/client/support/client.ts';
import { FFMPEG } from '../../test/support/ffmpeg.ts';

/** A source for a client whose service is down, and the networks that its orchestrator allows. */
export type LocalSource = { readonly source_url: string; readonly networks: readonly string[] };

/** The error code of each source, null for one that plays. */
export type LocalClient = (sources: readonly LocalSource[]) => Promise<(string | null)[]>;

const NOWHERE = 'http://127.0.0.1:9';
const PROGRAM = fileURLToPath(new URL('fallback.py', import.meta.url));
const PACKAGE_FOLDER = fileURLToPath(new URL('../../client/python', import.meta.url));

async function byTypeScript({ source_url, networks }: LocalSource): Promise<string | null> {
  using client = testClient({ baseUrl: NOWHERE, fallback: { sourceAllowedNetworks: networks } });
  try {
    await readAudio(await client.transcode({ source_url, output_format: 'pcm' }));
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

async function byPython(sources: readonly LocalSource[]): Promise<(string | null)[]> {
  const child = spawn(PYTHON, [PROGRAM], {
    env: { PATH: process.env['PATH'], FFMPEG_PATH: FFMPEG, PYTHONPATH: PACKAGE_FOLDER, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(sources.map((each) => JSON.stringify(each)).join('\n'));
  const lines = (await text(child.stdout)).trim().split('\n');
  if (lines.length !== sources.length) throw new Error(`the Python client judged ${lines.length} sources`);
  return lines.map((line) => JSON.parse(line));
}

/** Both clients; without Python only one. */
export const LOCAL_CLIENTS: Readonly<Record<string, LocalClient>> = {
  TypeScript: async (sources) => {
    const codes: (string | null)[] = [];
    for (const source of sources) codes.push(await byTypeScript(source));
    return codes;
  },
  ...(PYTHON_MISSING === false ? { Python: byPython } : {}),
};
