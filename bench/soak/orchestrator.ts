import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '../../client/client.ts';
import type { PlaylistRequest } from '../../client/playlist.ts';
import { type Channel, playChannel } from './channel.ts';
import type { OrchestratorMessage, OrchestratorOrder, OrchestratorSettings } from './channel-report.ts';
import { createRandom } from './random.ts';

/**
 * A program that plays several channels through the client in real time: `orchestrator.ts SETTINGS` (JSON). Before the
 * first fault, it fetches a reference of every track.
 */
const settings = JSON.parse(process.argv[2] ?? '{}') as OrchestratorSettings;
const { baseUrl, origin, seed, channels: count, music, sweeps } = settings;
const REPORT_MS = 1_000;
/** Time between the starts of two channels. */
const STAGGER_MS = 200;

/** Filters for the channels without adjustments, in turn. */
const FIXED_FILTERS: readonly NonNullable<PlaylistRequest['filters']>[] = [{}, { eq_preset: 'voice', volume: 0.8 }];
/** Of each group of channels, the first ones are never adjusted. */
const CHANNELS_IN_TURN = 5;

const client = createClient({ baseUrl, fallback: { sourceAllowedNetworks: ['127.0.0.0/8'] } });
/** References are the service's, however busy the machine is. */
const patient = createClient({
  baseUrl,
  fallback: false,
  timeouts: { firstAudioMs: 60_000, silenceMs: 60_000, giveUpMs: 60_000 },
});
const abort = new AbortController();
const random = createRandom(seed);

/** Fetches the whole track at once, with a lead that is longer than the track. */
async function reference(track: string, filters: NonNullable<PlaylistRequest['filters']>): Promise<[string, Buffer]> {
  const source_url = `${origin}/reference/${track}`;
  const stream = await patient.transcode({ source_url, output_format: 'pcm', live: true, lead_seconds: 30, filters });
  return [track, await buffer(stream)];
}

const references: ReadonlyMap<string, Buffer>[] = [];
for (const filters of FIXED_FILTERS) {
  references.push(new Map(await Promise.all(music.map((track) => reference(track, filters)))));
}
patient.close();

function startChannel(channel: number): Channel {
  const turn = channel % CHANNELS_IN_TURN;
  const shared = { channel, client, origin, random: random.for(`channel ${channel}`), signal: abort.signal };
  const [filters, samples] = [FIXED_FILTERS[turn], references[turn]];
  return filters === undefined || samples === undefined
    ? playChannel({ ...shared, kind: 'adjusted', seconds: sweeps })
    : playChannel({ ...shared, kind: 'exact', filters, references: samples });
}

const channels: Channel[] = [];
let reporting: NodeJS.Timeout | undefined;

function tell(message: OrchestratorMessage): void {
  process.send?.(message, () => undefined);
}

const reports = () => channels.map((channel) => channel.report());

const ORDERS: Readonly<Record<OrchestratorOrder, () => Promise<void>>> = {
  async start() {
    reporting = setInterval(() => tell({ type: 'reports', reports: reports() }), REPORT_MS);
    for (let channel = 0; channel < count && !abort.signal.aborted; channel += 1) {
      channels.push(startChannel(channel));
      await delay(STAGGER_MS);
    }
  },
  async end() {
    clearInterval(reporting);
    abort.abort();
    await Promise.all(channels.map(({ ended }) => ended));
    client.close();
    tell({ type: 'ended', reports: reports() });
  },
  leave: async () => process.exit(0),
};

process.on('message', (order: OrchestratorOrder) => void ORDERS[order]());
process.once('disconnect', () => process.exit(1));
tell({ type: 'ready' });
