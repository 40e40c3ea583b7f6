import { readFileSync } from 'node:fs';
import { startAttackedService } from '/work/wt/a-attack/bench/attack/attacked-service.ts';
import { attackFor, idleBytes, servedFor } from '/work/wt/a-attack/bench/attack/greedy.ts';
import { startNameServer } from '/work/wt/a-attack/test/support/name-server.ts';

await using names = await startNameServer({});
await using service = await startAttackedService({ SOURCE_DNS_SERVERS: names.server });
const [greedy, other] = [
  await service.key(['transcode'], { subject: 'greedy' }),
  await service.key(['transcode'], { subject: 'other' }),
];
const show = async (what: string) => {
  const b = await idleBytes(service);
  const m = await (await fetch(`${service.url}/metrics`)).text();
  const pick = (n: string) => (new RegExp(`^${n}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(m) ?? [])[1];
  console.log(
    what,
    (b / 1e6).toFixed(0),
    'heap',
    pick('nodejs_heap_size_used_bytes'),
    pick('nodejs_heap_size_total_bytes'),
    'ext',
    pick('nodejs_external_memory_bytes'),
  );
};
await show('start');
await servedFor({ url: service.url, key: other, seconds: 10 });
await show('alone 10');
await servedFor({ url: service.url, key: other, seconds: 20 });
await show('alone 20');
for (const n of [1, 2, 3]) {
  await attackFor({ url: service.url, key: greedy, seconds: 20 });
  await show('attack 20');
  await servedFor({ url: service.url, key: other, seconds: 15 });
  await show('alone 15');
}
console.log(readFileSync(`/proc/${service.hostPid}/smaps_rollup`, 'utf8'));
