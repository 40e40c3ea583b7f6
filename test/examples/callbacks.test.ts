import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { newSecret, signatureHeaders } from '#lib/callbacks/signature.ts';
import { PYTHON, PYTHON_MISSING } from '../client/python/interpreter.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { blocksOf, ROOT } from './support/guide.ts';

const PAGE = 'docs/reference/callbacks.md';
const run = promisify(execFile);

const secret = newSecret();
const body = JSON.stringify({ type: 'job.completed', timestamp: '2026-11-21T12:00:00.000Z', data: { text: 'ü…' } });
const headers = signatureHeaders({ id: '1', sentAt: new Date(), body }, [newSecret(), secret]);
const old = signatureHeaders({ id: '1', sentAt: new Date(Date.now() - 400_000), body }, [secret]);
const CASES = {
  genuine: [secret, headers, body],
  changed: [secret, headers, `${body} `],
  foreign: [newSecret(), headers, body],
  late: [secret, old, body],
};
const EXPECTED = { genuine: 'job.completed', changed: 'refused', foreign: 'refused', late: 'refused' };

function programOf(kind: string): string {
  return blocksOf(PAGE).find((block) => block.kind === kind)?.text ?? assert.fail(`${PAGE} has no ${kind} program`);
}

describe(`the programs of ${PAGE}`, () => {
  it('verify a callback in Node', async () => {
    using folder = scratchFolder();
    symlinkSync(join(ROOT, 'node_modules'), folder.file('node_modules'));
    const rest = `const cases = ${JSON.stringify(CASES)};
      const attempt = (given) => { try { return verify(...given).type; } catch { return 'refused'; } };
      console.log(JSON.stringify(Object.fromEntries(Object.entries(cases).map(([name, given]) => [name, attempt(given)]))));`;
    writeFileSync(folder.file('verify.mjs'), programOf('js') + rest);
    const { stdout } = await run(process.execPath, [folder.file('verify.mjs')]);
    assert.deepEqual(JSON.parse(stdout), EXPECTED);
  });

  it('verify a callback in Python', { skip: PYTHON_MISSING }, async () => {
    using folder = scratchFolder();
    const rest = `
import sys
def attempt(given):
    try:
        return verify(*given)["type"]
    except ValueError:
        return "refused"
print(json.dumps({name: attempt(given) for name, given in json.load(open(sys.argv[1])).items()}))
`;
    writeFileSync(folder.file('verify.py'), programOf('python') + rest);
    writeFileSync(folder.file('cases.json'), JSON.stringify(CASES));
    const { stdout } = await run(PYTHON, [folder.file('verify.py'), folder.file('cases.json')]);
    assert.deepEqual(JSON.parse(stdout), EXPECTED);
  });
});
