import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { installAwsLambdaGlobal } from '../../../../local/emulator/response/awslambda-global.ts';
import type { ResponseSink } from '../../../../local/emulator/response/reply.ts';
import { InvalidStreamingOperation, ResponseStream } from '../../../../local/emulator/response/response-stream.ts';

installAwsLambdaGlobal();

/** Keeps the bytes it receives. The test decides when they count as sent. */
type Sink = ResponseSink & {
  readonly contentType: string | undefined;
  readonly received: string;
  readonly ended: boolean;
  flush(): void;
};

function createSink(): Sink {
  const waiting: (() => void)[] = [];
  let streamType: string | undefined;
  let received = '';
  let ended = false;
  return {
    get contentType() {
      return streamType;
    },
    get received() {
      return received;
    },
    get ended() {
      return ended;
    },
    begin(contentType) {
      streamType = contentType;
    },
    write(bytes, flushed) {
      received += bytes.toString('latin1');
      waiting.push(flushed);
    },
    end(flushed) {
      ended = true;
      flushed();
    },
    flush() {
      for (const flushed of waiting.splice(0)) flushed();
    },
  };
}

function open(highWaterMark?: number) {
  const sink = createSink();
  return { sink, stream: new ResponseStream(sink, highWaterMark) };
}

const from = (stream: ResponseStream, head: object) => {
  awslambda.HttpResponseStream.from(stream, { ...head });
};

test('uses the content type that was set, else application/octet-stream', () => {
  const { sink, stream } = open();
  stream.setContentType('text/plain');
  stream.write('a');
  assert.equal(sink.contentType, 'text/plain');
  const other = open();
  other.stream.end();
  assert.equal(other.sink.contentType, 'application/octet-stream');
});

test('does not accept a content type after the first write', () => {
  const { stream } = open();
  stream.write('a');
  assert.throws(() => stream.setContentType('text/plain'), InvalidStreamingOperation);
});

test('sends the prelude once, with the first write, even an empty one', () => {
  const { sink, stream } = open();
  from(stream, { statusCode: 201 });
  assert.equal(sink.received, '');
  stream.write('');
  assert.equal(sink.contentType, 'application/vnd.awslambda.http-integration-response');
  stream.write('a');
  assert.equal(sink.received, `{"statusCode":201}${'\0'.repeat(8)}a`);
});

test('sends no prelude for an end without a write, even with last bytes', async () => {
  const { sink, stream } = open();
  from(stream, { statusCode: 201 });
  stream.end();
  await once(stream, 'finish');
  assert.equal(sink.received, '');
  const other = open();
  from(other.stream, { statusCode: 201 });
  other.stream.end('last');
  assert.equal(other.sink.received, 'last');
});

test('writes anything but text and bytes as JSON', () => {
  const { sink, stream } = open();
  stream.write({ a: 1 });
  stream.write(Uint8Array.of(33));
  assert.equal(sink.received, '{"a":1}!');
});

test('returns false at the high water mark, and emits drain when the bytes are sent', async () => {
  const { sink, stream } = open(10);
  assert.equal(stream.write('12345'), true);
  assert.equal(stream.write('12345'), false);
  assert.equal(stream.writableNeedDrain, true);
  assert.equal(stream.writableLength, 10);
  assert.equal(stream.writableHighWaterMark, 10);
  const drained = once(stream, 'drain');
  sink.flush();
  await drained;
  assert.equal(stream.writableNeedDrain, false);
  assert.equal(stream.write('1'), true);
});

test('does not emit drain before a chunk over the high water mark is sent', async () => {
  const { sink, stream } = open(10);
  let drains = 0;
  stream.on('drain', () => drains++);
  assert.equal(stream.write('x'.repeat(100)), false);
  await new Promise(setImmediate);
  assert.equal(drains, 0);
  sink.flush();
  assert.equal(drains, 1);
});

test('pauses a pipeline while the sink is full', async () => {
  const { sink, stream } = open(10);
  let produced = 0;
  const source = new Readable({
    highWaterMark: 10,
    read() {
      produced += 10;
      this.push(produced > 1000 ? null : Buffer.alloc(10, 'x'));
    },
  });
  const piping = pipeline(source, stream);
  await new Promise(setImmediate);
  assert.ok(sink.received.length <= 20, `${sink.received.length} bytes went through`);
  while (!sink.ended) {
    sink.flush();
    await new Promise(setImmediate);
  }
  await piping;
  assert.equal(sink.received.length, 1000);
});

test("calls a write's callback when its bytes are sent", async () => {
  const { sink, stream } = open();
  let called = false;
  stream.write('a', () => {
    called = true;
  });
  await new Promise(setImmediate);
  assert.equal(called, false);
  sink.flush();
  assert.equal(called, true);
});

test('passes on corked writes in order', () => {
  const { sink, stream } = open();
  stream.cork();
  stream.write('a');
  stream.write('b', () => {});
  stream.uncork();
  stream.write('c');
  assert.equal(sink.received, 'abc');
});

test('has passed on all written bytes when the source of a pipeline fails', async () => {
  const { sink, stream } = open(1);
  const source = new PassThrough();
  const piping = pipeline(source, stream);
  source.write('written');
  await new Promise(setImmediate);
  source.destroy(new Error('on purpose'));
  await assert.rejects(piping, /on purpose/);
  assert.equal(sink.received, 'written');
  assert.equal(sink.ended, false);
});

test('does not end the process when it is destroyed without listeners', async () => {
  const { stream } = open();
  stream.destroy(new Error('on purpose'));
  await new Promise((resolve) => stream.once('close', resolve));
});
