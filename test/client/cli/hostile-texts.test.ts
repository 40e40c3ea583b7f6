import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpSource, startHttpSource } from '../../support/http-source.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { runFfn } from '../support/ffn.ts';
import { installPackage } from '../support/package.ts';

/** Clears the screen, sets the title, writes the clipboard, a C1 control, reverses text, forges a line. */
const HOSTILE = '\u001b[2J\u001b]0;title\u0007\u001b]52;c;aGk=\u0007\u009b31m\u202egnp\nforged\r';
const ACTING = /[^\P{Cc}\n]|[\u202a-\u202e]/u;
const ID = '0195f3a2-7c1e-7d44-9d52-5f0c8e7b1a36';

const RECORD = {
  id: ID,
  state: `failed${HOSTILE}`,
  source_format: HOSTILE,
  output_format: HOSTILE,
  filters: { speed: HOSTILE },
  progress: { position_seconds: 1, duration_seconds: null, percent: null },
  error: { code: HOSTILE, message: HOSTILE.repeat(1_000) },
  ended_at: '2026-11-30T00:00:00Z',
};

let service: HttpSource;
let folder: ScratchFolder;
let ffn: string;

before(async () => {
  folder = scratchFolder();
  ffn = await installPackage(folder.path);
  service = await startHttpSource((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://a');
    const isHealth = pathname === '/health';
    const isList = pathname === '/transcodes';
    const body = isHealth
      ? { status: `healthy${HOSTILE}`, checks: { [HOSTILE]: { status: HOSTILE } } }
      : { code: 'NOT_FOUND', message: HOSTILE, details: { [HOSTILE]: HOSTILE }, recoverable: false, request_id: ID };
    response.writeHead(isHealth || isList ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isList ? { items: [RECORD], next_cursor: null } : body));
  });
});
after(async () => {
  folder[Symbol.dispose]();
  await service[Symbol.asyncDispose]();
});

describe('what a server sends to the terminal', () => {
  for (const args of [['list'], ['health'], ['stop', ID], ['set', ID, '--speed', '2'], ['logs', ID]]) {
    for (const json of [[], ['--json']]) {
      it(`has no effect in ffn ${[args[0], ...json].join(' ')}`, async () => {
        const { stdout, stderr } = await runFfn([...args, ...json], {
          ffn,
          settings: { FFN_URL: service.origin },
        });
        const text = `${stdout}${stderr}`;
        assert.match(text, /gnp/, 'the text of the server is shown');
        assert.doesNotMatch(text, ACTING);
        for (const line of text.split('\n')) {
          assert.ok(!line.startsWith('forged'));
          assert.ok(json.length > 0 || line.length < 2_100, `${line.length}`);
          if (json.length > 0 && line !== '') JSON.parse(line);
        }
      });
    }
  }
});
