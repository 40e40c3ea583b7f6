import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { describe, it } from 'node:test';
import middy from '@middy/core';
import type { Answer } from '#lib/http/answer.ts';
import { streamedExecution } from '#lib/http/middlewares/streamed-execution.ts';
import { installAwsLambdaGlobal } from '../../../../local/emulator/response/awslambda-global.ts';

installAwsLambdaGlobal();

/** Returns a response stream and its result. */
function responseStream() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream: Object.assign(stream, { setContentType: () => undefined }), text: () => `${Buffer.concat(chunks)}` };
}

type Streamed = (event: object, stream: Writable, context: object) => Promise<void>;

function functionOf(body: Answer['body'], settle?: () => Promise<void>): Streamed {
  const answer: Answer = { statusCode: 200, headers: {}, body };
  return middy({ executionMode: streamedExecution(settle) }).handler(async () => answer) as unknown as Streamed;
}

async function* failing(): AsyncGenerator<string> {
  yield 'a beginning';
  throw new Error('the body failed');
}

describe('a function that streams', () => {
  it('ends its response', async () => {
    const { stream, text } = responseStream();
    await functionOf(Readable.from(['all', ' of it']))({}, stream, {});
    assert.ok(stream.writableFinished);
    assert.equal(text(), 'all of it');
  });

  it('rejects when the body fails, and leaves the response open for the runtime', async () => {
    const { stream, text } = responseStream();
    await assert.rejects(functionOf(Readable.from(failing()))({}, stream, {}), /the body failed/);
    assert.deepEqual([stream.destroyed, stream.writableEnded], [false, false]);
    assert.equal(text(), 'a beginning');
  });

  it('does not wait for a client that disconnected before the response', async () => {
    const { stream, text } = responseStream();
    stream.on('error', () => undefined).destroy(new Error('the client disconnected'));
    await new Promise((resolve) => stream.once('close', resolve));
    await assert.rejects(functionOf('text')({}, stream, {}), /the client disconnected/);
    assert.equal(text(), '');
  });

  for (const [what, body] of Object.entries({
    whole: (): Answer['body'] => 'text',
    failing: (): Answer['body'] => Readable.from(failing()),
  })) {
    it(`settles after a ${what} response`, async () => {
      const { stream, text } = responseStream();
      const settling = Promise.withResolvers<void>();
      const seen: string[] = [];
      const settle = () => {
        seen.push(text());
        return settling.promise;
      };
      const done = functionOf(body(), settle)({}, stream, {}).catch(() => undefined);
      void done.then(() => seen.push('done'));
      while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(seen, [what === 'whole' ? 'text' : 'a beginning']);
      settling.resolve();
      await done;
      assert.equal(seen.at(-1), 'done');
    });
  }
});
