import { call, open, readAll } from '../../test/support/client.ts';
import { serve, startHttpSource } from '../../test/support/http-source.ts';
import { createMediaFolder, noise } from '../../test/support/media.ts';
import { startNameServer } from '../../test/support/name-server.ts';
import { type Attack, createChecks } from './attack.ts';
import { startAttackedService } from './attacked-service.ts';

const REQUESTS = 40;
const LONGEST_MS = 2_000;

/** A name server that never answers, and requests that are abandoned. */
export const NAMES: Attack = {
  about: 'a silent name server: named sources of other callers, the database and S3 are reached at once',
  async run({ slack }) {
    const checks = createChecks();
    await using media = await createMediaFolder();
    const mp3 = await media.make('a.mp3', noise('pink', 1), ['-c:a', 'libmp3lame']);
    await using source = await startHttpSource(serve(mp3));
    await using names = await startNameServer({ 'named.example': { addresses: ['127.0.0.1'] } });
    await using service = await startAttackedService({ SOURCE_DNS_SERVERS: names.server });
    const [greedy, other] = await Promise.all([service.key(['transcode']), service.key(['transcode'])]);

    const timesMs: number[] = [];
    for (const abandonMs of [20, 3_000]) {
      const left = AbortSignal.timeout(abandonMs);
      const requests = Array.from({ length: REQUESTS }, async (_, index) => {
        const body = JSON.stringify({ source_url: `http://silent${index}.example:8000/`, output_format: 'pcm' });
        const headers = { 'content-type': 'application/json', 'x-api-key': greedy };
        await fetch(`${service.url}/transcode`, { method: 'POST', headers, body, signal: left });
      });
      const settled = Promise.allSettled(requests);
      if (abandonMs < 1_000) await settled;
      for (let turn = 0; turn < 5; turn += 1) {
        const startedAt = performance.now();
        const body = { source_url: `http://named.example:${source.port}/?${turn}`, output_format: 'pcm' };
        const answer = await readAll(await open(service, '/transcode', { body, headers: { 'x-api-key': other } }));
        timesMs.push(performance.now() - startedAt);
        checks.expect(answer.status === 200, `a named source got ${answer.status}: ${answer.body}`);
      }
      const health = (await call(service, '/health')).json();
      checks.expect(health.status === 'healthy', `the service is ${health.status}: ${JSON.stringify(health.checks)}`);
      await settled;
    }
    const slowest = Math.max(...timesMs);
    checks.expect(slowest <= LONGEST_MS * slack, `a named source took ${slowest.toFixed(0)} ms`);
    return checks.result(`slowest of ${timesMs.length} named sources ${slowest.toFixed(0)} ms`);
  },
};
