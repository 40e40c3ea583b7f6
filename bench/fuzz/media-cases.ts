import fc from 'fast-check';
import type { ApiDocument } from './contract.ts';
import type { Corpus } from './corpus.ts';
import { OWNER } from './credentials.ts';
import { DAMAGE, type Damage } from './damage-plans.ts';
import {
  type AskedAudio,
  type CaseOfSeed,
  type ClientBehaviour,
  ENDLESS_LIMIT_MS,
  type FuzzCase,
} from './fuzz-case.ts';
import { damaged } from './media-damage.ts';
import { plausible } from './plausible.ts';
import { valuesOf } from './schema-values.ts';
import { HONEST_BEHAVIOURS, HONEST_KINDS, HOSTILE_BEHAVIOURS } from './source-behaviour.ts';
import { SOURCE_ORIGIN } from './source-urls.ts';
import { serialize } from './wire-request.ts';

/** Longest wait for a transcode: the sum of the limits of the host, on a busy machine. */
const LIMIT_MS = 45_000;

const CLIENTS: fc.Arbitrary<ClientBehaviour> = fc.oneof(
  { weight: 16, arbitrary: fc.constant<ClientBehaviour>({ kind: 'reads' }) },
  { weight: 2, arbitrary: fc.nat(60_000).map((behindBytes): ClientBehaviour => ({ kind: 'leaves', behindBytes })) },
  { weight: 1, arbitrary: fc.nat(400).map((afterMs): ClientBehaviour => ({ kind: 'gives_up', afterMs })) },
  { weight: 1, arbitrary: fc.constantFrom(200, 3_500).map((ms): ClientBehaviour => ({ kind: 'pauses', ms })) },
);

/**
 * The first bytes of Matroska (RFC 8794, 11.2.1). After damage, ffmpeg searches for the next cluster in the bytes that
 * it has read so far, which depends on the timing of the pipe.
 */
const EBML_HEAD = Buffer.from('1a45dfa3', 'hex');

/** Optional parts of a transcode request. Without them, it plays the whole source. */
const SETTINGS_FIELDS = {
  source_url: fc.constant(''),
  duration: fc.double({ min: 0.01, max: 3, noNaN: true }),
  start_at: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1.5, noNaN: true })),
};

type Asked = AskedAudio & { readonly live?: boolean };

/** Transcodes of the files of a corpus, most of them damaged or badly served. The valid ones must play. */
export function mediaCases(document: ApiDocument, corpus: Corpus): fc.Arbitrary<CaseOfSeed> {
  const names = [...corpus.keys()];
  const others = [...corpus.values()];
  const schema = (document as unknown as { components: { schemas: Record<string, object> } }).components.schemas[
    'TranscodeRequest'
  ];
  return fc
    .record({
      name: fc.constantFrom(...names),
      damage: fc.oneof(
        { weight: 1, arbitrary: fc.constant<Damage[]>([]) },
        { weight: 5, arbitrary: fc.array(DAMAGE, { minLength: 1, maxLength: 3 }) },
      ),
      behaviour: fc.oneof({ weight: 4, arbitrary: HONEST_BEHAVIOURS }, { weight: 1, arbitrary: HOSTILE_BEHAVIOURS }),
      settings: fc.oneof(
        { weight: 1, arbitrary: fc.constant<object>({}) },
        { weight: 1, arbitrary: valuesOf(schema, SETTINGS_FIELDS) as fc.Arbitrary<object> },
      ),
      output_format: fc.constantFrom('opus' as const, 'aac' as const, 'pcm' as const),
      client: CLIENTS,
    })
    .map(({ name, damage, behaviour, settings, output_format, client }) => (seed: number): FuzzCase => {
      const bytes = damage.reduce((file, one) => damaged(file, one, others), corpus.get(name) ?? Buffer.alloc(0));
      const asked = plausible({ sample_rate: 48_000, channels: 2, ...settings, output_format }) as Asked;
      const body = Buffer.from(JSON.stringify({ ...asked, source_url: `${SOURCE_ORIGIN}/c/${seed}` }));
      // Few clients need to stay until a live stream ends.
      const taken: ClientBehaviour = asked.live && client.kind === 'reads' ? { kind: 'listens', ms: 6_000 } : client;
      const isWhole = Object.keys(settings).length === 0;
      const isHonest = HONEST_KINDS.has(behaviour.kind);
      return {
        kind: 'media',
        seed,
        label: [name, ...damage.map(({ what }) => what), behaviour.kind, client.kind].join(' '),
        bytes: serialize({
          method: 'POST',
          target: '/transcode',
          version: '1.1',
          headers: [
            ['Host', '127.0.0.1'],
            ['Authorization', OWNER],
            ['Content-Type', 'application/json'],
          ],
          body,
          framing: 'length',
        }),
        method: 'POST',
        target: '/transcode',
        isHttp: true,
        client: taken,
        limitMs: asked.live ? ENDLESS_LIMIT_MS : LIMIT_MS,
        source: { behaviour, bytes },
        asked,
        mustPlay: damage.length === 0 && isHonest && client.kind === 'reads' && isWhole,
        isSteady: isHonest && (damage.length === 0 || !bytes.includes(EBML_HEAD)),
      };
    });
}
