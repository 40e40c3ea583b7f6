import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { requestsPerSecond } from '../support/load.ts';
import { startPart } from '../support/part.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { inTurn } from '../support/rounds.ts';
import { defineRow, type Samples } from '../support/row.ts';

const STREAMS = 20;
const LOAD = { connections: 8, seconds: 2 } as const;
/** A server reaches its full speed after about ten thousand requests. */
const WARM_UP = 2;
const LATENCIES = 200;

/** The baseline is a bare Node http server that sends the same response. */
export const HEALTH = defineRow({
  name: 'health',
  title: 'host and middleware: `/health` compared with a bare Node http server',
  specification: '–',
  rounds: 5,
  lines: {
    'requests a second': { unit: 'requests/s', at: 'p50', target: { of: 'ratio', relation: '≥', value: 0.5 } },
    [`/health, ${STREAMS} streams`]: { unit: 'ms', at: 'p99' },
    [`/metrics, ${STREAMS} streams`]: { unit: 'ms', at: 'p99' },
  },
  async measure({ rounds, music }) {
    await using rig = await startRig({ files: await music.tracks(1) });
    const args = await answerOf(`${rig.host.url}/health`);
    await using bare = await startPart({ file: new URL('../support/bare-server.ts', import.meta.url), args });
    const rates = await inTurn({
      rounds,
      warmUp: WARM_UP,
      baseline: () => requestsPerSecond(bare.url, LOAD),
      ours: () => requestsPerSecond(`${rig.host.url}/health`, LOAD),
    });

    const stop = new AbortController();
    const streaming = keepStreaming(rig, stop.signal);
    await rig.settled(STREAMS);
    const samples = {
      'requests a second': rates,
      [`/health, ${STREAMS} streams`]: await latencies(`${rig.host.url}/health`),
      [`/metrics, ${STREAMS} streams`]: await latencies(`${rig.host.url}/metrics`),
    };
    stop.abort();
    await streaming;
    return { samples };
  },
});

/** Returns headers and body of a response for the bare server. Node adds the connection's headers in both servers. */
async function answerOf(url: string): Promise<[headers: string, body: string]> {
  const answer = await fetch(url);
  const {
    date: _date,
    connection: _connection,
    'keep-alive': _keepAlive,
    ...headers
  } = Object.fromEntries(answer.headers);
  return [JSON.stringify(headers), await answer.text()];
}

/** Reads streams at full speed, one after the other, until the signal is aborted. */
function keepStreaming(rig: Rig, signal: AbortSignal): Promise<unknown> {
  const stream = async () => {
    while (!signal.aborted) {
      const body = JSON.stringify({ source_url: rig.freshUrl(), output_format: 'opus' });
      const answer = await fetch(`${rig.host.url}/transcode`, { method: 'POST', body, signal });
      for await (const _chunk of answer.body ?? []);
    }
  };
  return Promise.allSettled(Array.from({ length: STREAMS }, stream));
}

async function latencies(url: string): Promise<Samples> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ours: number[] = [];
  for (let index = 0; index < LATENCIES; index += 1) {
    const startedAt = performance.now();
    const asked = request(url, { agent }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    if (answer.statusCode !== 200) throw new Error(`${url} responded with ${answer.statusCode}`);
    ours.push(performance.now() - startedAt);
  }
  agent.destroy();
  return { ours };
}
