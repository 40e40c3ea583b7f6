import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AttemptStopped } from '#lib/jobs/run/attempt-stopped.ts';
import { answer, neverAnswer } from '../../../support/http-source.ts';
import { makeFilm, NOTHING_LEFT, openWorkshop, type Workshop } from './support/workshop.ts';

let workshop: Workshop;
let film: Buffer;

before(async () => {
  workshop = await openWorkshop();
  film = makeFilm(1);
});
after(async () => await workshop?.[Symbol.asyncDispose]());

const request = (destination: string) => ({
  inputs: { a: workshop.input('a', film) },
  output: { name: 'poster', format: 'png', destination },
});

describe('an output with a destination', () => {
  it('is sent to a signed URL, and to no bucket', async () => {
    const received: { method: string | undefined; headers: unknown; body: Buffer }[] = [];
    const url = workshop.input('put', (request, response) => {
      const { method, headers } = request;
      void request.toArray().then((chunks) => {
        received.push({ method, headers, body: Buffer.concat(chunks as Buffer[]) });
        response.end();
      });
    });
    const { outcome, objects } = await workshop.run(request(url));
    assert.ok(outcome.kind === 'completed', JSON.stringify(outcome));
    const [poster] = outcome.result.outputs;
    assert.deepEqual([poster?.key, poster?.destination], [null, url]);
    assert.equal(received[0]?.method, 'PUT');
    assert.equal(received[0]?.body.length, poster?.bytes);
    assert.equal(received[0]?.body.toString('latin1', 1, 4), 'PNG');
    assert.partialDeepStrictEqual(received[0]?.headers, { 'content-type': 'image/png' });
    assert.deepEqual(objects, []);
    assert.deepEqual(workshop.left(), NOTHING_LEFT);
  });

  it('never shows the signature of its URL', async () => {
    const url = workshop.input('signed?X-Amz-Signature=hunter2', answer(403));
    const ran = await workshop.run(request(url));
    assert.ok(ran.outcome.kind === 'failed');
    assert.equal(ran.outcome.retry, false);
    assert.partialDeepStrictEqual(ran.outcome.error.details, { part: 'destination', status: 403, phase: 'uploading' });
    assert.doesNotMatch(JSON.stringify(ran), /hunter2/);
  });

  it('may be retried when the receiver fails', async () => {
    const { outcome } = await workshop.run(request(workshop.input('busy', answer(503))));
    assert.ok(outcome.kind === 'failed');
    assert.equal(outcome.retry, true);
    assert.equal(outcome.error.details['field'], 'outputs[0].destination');
  });

  it('lies in a listed bucket, and in no other', async () => {
    const { outcome } = await workshop.run(request('s3://elsewhere/films/'));
    assert.ok(outcome.kind === 'completed', JSON.stringify(outcome));
    assert.equal(outcome.result.outputs[0]?.destination, 's3://elsewhere/films/poster.png');
    await workshop.results.remove({ bucket: 'elsewhere', key: 'films/poster.png' });
    const refused = await workshop.run(request('s3://results/films/poster.png'));
    assert.ok(refused.outcome.kind === 'failed');
    assert.equal(refused.outcome.error.code, 'SOURCE_FORBIDDEN');
    assert.deepEqual(workshop.left(), NOTHING_LEFT);
  });

  it('is refused at addresses that the policy forbids', async () => {
    const { outcome } = await workshop.run(request('http://169.254.169.254/latest'));
    assert.ok(outcome.kind === 'failed');
    assert.deepEqual([outcome.error.code, outcome.retry], ['SOURCE_FORBIDDEN', false]);
  });

  it('is given up at once when the job is cancelled', async () => {
    const abort = new AbortController();
    const url = workshop.input('silent', (request, response) => {
      neverAnswer(request, response);
      abort.abort(new AttemptStopped('cancelled'));
    });
    const { outcome } = await workshop.run(request(url), { signal: abort.signal });
    assert.deepEqual(outcome, { kind: 'cancelled' });
    assert.deepEqual(workshop.left(), NOTHING_LEFT);
  });
});
