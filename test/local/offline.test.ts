import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand } from '../support/command.ts';
import { freePorts } from '../support/free-ports.ts';
import { startHttpSource } from '../support/http-source.ts';
import { createMediaFolder, twoTones } from '../support/media.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

/** A slow source. */
const BYTES_PER_SECOND = 32_768;
const SLICES_PER_SECOND = 8;

test('serverless offline streams audio while its source is still downloading', async () => {
  await using media = await createMediaFolder();
  const bytes = await media.make('a.mp3', twoTones(20), ['-b:a', '128k']);
  let sent = 0;
  await using source = await startHttpSource((_request, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    const slice = BYTES_PER_SECOND / SLICES_PER_SECOND;
    const timer = setInterval(() => {
      response.write(bytes.subarray(sent, sent + slice));
      sent += slice;
      if (sent < bytes.length) return;
      clearInterval(timer);
      response.end();
    }, 1_000 / SLICES_PER_SECOND);
    response.on('close', () => clearInterval(timer));
  });
  using folder = scratchFolder();
  const [httpPort, lambdaPort, albPort] = await freePorts(3);
  await using offline = runCommand(
    'offline.ts',
    ['--httpPort', `${httpPort}`, '--lambdaPort', `${lambdaPort}`, '--albPort', `${albPort}`],
    { PORT: '0', S3_PORT: '0', DATA_DIR: folder.path, SOURCE_ALLOWED_NETWORKS: source.network, LOG_LEVEL: 'warn' },
  );
  const [, url = ''] = await offline.says(/Function URLs at (\S+)/);

  const answer = await fetch(`${url}/transcode`, {
    method: 'POST',
    body: JSON.stringify({ source_url: `${source.origin}/a.mp3`, output_format: 'opus' }),
  });
  assert.equal(answer.status, 200);
  const reader = answer.body?.getReader();
  const first = await reader?.read();
  assert.equal(
    Buffer.from(first?.value ?? [])
      .subarray(0, 4)
      .toString(),
    'OggS',
  );
  assert.ok(sent < bytes.length / 2, `${sent} of ${bytes.length} bytes had been sent before the first audio came`);
  await reader?.cancel();

  offline.child.kill('SIGINT');
  const { code } = await offline.exited;
  assert.equal(code, 0, offline.printed());
});

test('serverless offline does not start on a public address without authentication', async () => {
  using folder = scratchFolder();
  const settings = { S3_PORT: '0', DATA_DIR: folder.path };
  for (const [args, host] of [
    [['--host', '0.0.0.0'], {}],
    [[], { HOST: '0.0.0.0' }],
  ] as const) {
    await using offline = runCommand('offline.ts', args, { ...settings, ...host });
    assert.equal((await offline.exited).code, 1);
    assert.match(offline.printed(), /JWT_SECRET/);
  }
});
