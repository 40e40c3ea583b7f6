import assert from 'node:assert/strict';
import { decode, pcmSound } from '../../test/support/audio.ts';
import { call } from '../../test/support/client.ts';
import { eventually } from '../../test/support/eventually.ts';
import { type Contract, codeOf, internals, jsonOf } from './contract.ts';
import { OWNER } from './credentials.ts';
import { type Answered, type Exchange, exchange } from './exchange.ts';
import type { AskedAudio, FuzzCase } from './fuzz-case.ts';
import { type MarkerValues, withoutMarkers } from './markers.ts';

/** The target of a case. */
export type Target = {
  readonly url: string;
  readonly contract: Contract;
  readonly markers: () => MarkerValues;
  /** Why the host has died; undefined while it is running. */
  readonly death: () => string | undefined;
  /** Serves the source of a case until it is disposed of. */
  readonly serve: (fuzzCase: FuzzCase) => Disposable;
};

export type Verdict = {
  readonly exchange: Exchange;
  /** Violated expectations; none for a valid response. */
  readonly offences: readonly string[];
};

export type Depth = {
  /** Decodes the output. */
  readonly decodes: boolean;
  /** Requests the record of the transcode after its end. */
  readonly looksUp: boolean;
};

/** Time after the end of a response until its record must be final. */
const SETTLED_WITHIN_MS = 10_000;

/** Runs one case and returns the violated expectations. */
export async function runCase(fuzzCase: FuzzCase, target: Target, depth: Depth): Promise<Verdict> {
  using _source = target.serve(fuzzCase);
  const { client, limitMs, method } = fuzzCase;
  const bytes = withoutMarkers(fuzzCase.bytes, target.markers());
  const answer = await exchange({ url: target.url, bytes, isHead: method === 'HEAD', client, limitMs });
  const death = target.death();
  const offences = death === undefined ? offencesOf(fuzzCase, answer, target.contract) : [death];
  if (answer.kind === 'answered' && offences.length === 0)
    offences.push(...(await audioOffences(fuzzCase, answer, target, depth)));
  return { exchange: answer, offences };
}

function offencesOf(
  { isHttp, method, target, limitMs, mustPlay }: FuzzCase,
  found: Exchange,
  contract: Contract,
): string[] {
  switch (found.kind) {
    case 'hung':
      return [
        `no end within ${limitMs / 1_000} s (${found.status === undefined ? 'no response' : `status ${found.status}`})`,
      ];
    case 'no_answer':
      return isHttp ? [`no response: ${found.reason}`] : [];
    case 'given_up':
      return [];
    case 'answered': {
      if (!isHttp)
        return [
          ...internals(found),
          ...(found.status > 500 && !found.left && codeOf(found) === undefined ? [`status ${found.status}`] : []),
        ];
      const offences = contract.offences({ method, target }, found);
      const isOverloaded = found.status === 503 || found.status === 429;
      if (!mustPlay || isOverloaded || (found.status === 200 && found.complete && found.body.length > 0))
        return offences;
      const how = found.status === 200 ? 'it was cut or is empty' : `status ${found.status} ${codeOf(found)}`;
      return [...offences, `a valid source did not play: ${how}`];
    }
  }
}

async function audioOffences(fuzzCase: FuzzCase, answer: Answered, target: Target, depth: Depth): Promise<string[]> {
  const { asked } = fuzzCase;
  if (answer.status !== 200 || asked === undefined) return [];
  const offences: string[] = [];
  const check = async (holds: () => Promise<void>): Promise<void> => {
    await holds().catch((error: Error) => offences.push(error.message.slice(0, 1_500)));
  };
  const isToBeDecoded = depth.decodes && answer.complete && (fuzzCase.mustPlay || hasSound(answer.body));
  if (isToBeDecoded) await check(() => assertPlayable(answer, asked));
  if (depth.looksUp) await check(() => assertRecorded(answer, target));
  return offences;
}

/** Pages of an Ogg stream before any sound. */
const OPUS_HEADERS = 2;

/** Whether there is more than the headers: a few milliseconds, or a start after the end, may contain no sample. */
function hasSound(body: Buffer): boolean {
  const pages = body.subarray(0, 1_000).toString('latin1').split('OggS').length - 1;
  return body.length > 0 && (pages === 0 || pages > OPUS_HEADERS);
}

/** Fails unless the output decodes and has the requested codec, rate and channels. */
async function assertPlayable({ body, headers }: Answered, asked: AskedAudio): Promise<void> {
  const { output_format: format, sample_rate: rate, channels } = asked;
  const sound =
    format === 'pcm' ? pcmSound(body, headers['content-type'] ?? '') : await decode(recognisable(body, format));
  if (format === 'opus') assert.equal(body.toString('latin1', 28, 36), 'OpusHead', 'no Opus');
  if (format === 'aac') assert.equal(body.readUInt16BE() & 0xfff6, 0xfff0, 'no ADTS');
  // Opus always decodes to 48 kHz.
  const found = { rate: sound.rate, channels: sound.channels };
  assert.deepEqual(found, { rate: format === 'opus' ? 48_000 : rate, channels }, 'the audio is not as requested');
}

const SHORT_BYTES = 10_000;

/** Repeats ADTS, which can be joined, because ffmpeg does not recognise only two frames. */
function recognisable(body: Buffer, format: 'opus' | 'aac'): Buffer {
  return format === 'aac' && body.length < SHORT_BYTES ? Buffer.concat([body, body, body, body]) : body;
}

const FINAL = new Set(['completed', 'failed', 'cancelled']);

/** Fails unless the record of a transcode agrees with the response of its client. */
async function assertRecorded(answer: Answered, target: Target): Promise<void> {
  const path = `/transcodes/${answer.headers['x-transcode-id']}`;
  const found = await eventually(
    async () => {
      const record = await call(target, path, { headers: { authorization: OWNER } });
      const state = record.status === 200 ? record.json().state : `status ${record.status}`;
      assert.ok(FINAL.has(state), `the record has the state ${state} after the end of the response`);
      return record;
    },
    { withinMs: SETTLED_WITHIN_MS },
  );
  const offences = target.contract.offences(
    { method: 'GET', target: path },
    { kind: 'answered', left: false, ...found },
  );
  assert.deepEqual(offences, [], `its record: ${offences}`);
  const { state, error } = jsonOf({ kind: 'answered', left: false, ...found }) as {
    state: string;
    error: { code: string } | null;
  };
  assert.notEqual(error?.code, 'INTERNAL_ERROR', 'its record: INTERNAL_ERROR');
  if (!answer.left)
    assert.equal(
      state === 'completed',
      answer.complete,
      `the record has the state ${state}, complete is ${answer.complete}`,
    );
}
