import { AppError } from '#lib/errors.ts';
import type { Filters, PlaybackSettings } from '#lib/playback/settings.ts';
import { profileOf } from '#lib/playback/settings.ts';
import { audioContentType } from '#lib/profiles/audio.ts';
import type { Timeouts } from '../options.ts';
import type { ServiceCalls } from '../service-calls.ts';
import type { Leg, OpenLeg } from './leg.ts';

/** Decoding and discarding a second of source takes 1.4 ms; on a busy machine more. */
const SKIPPED_SECOND_MS = 4;

function noAudio(ms: number): AppError {
  const details = { part: 'service', reason: 'silent', limit_seconds: ms / 1_000 };
  return new AppError('TIMEOUT', details, { message: 'the service has sent no audio in time' });
}

type AdjustedAnswer = { readonly filters: Filters; readonly applied_at_sample: number };

/** Streams from the service. Throws the service's error, or UNAVAILABLE when that is none. */
export function createServiceLegs(
  calls: ServiceCalls,
  { firstAudioMs, probeMs }: Pick<Timeouts, 'firstAudioMs' | 'probeMs'>,
): OpenLeg {
  return async ({ url, settings }, { signal }) => {
    const stopping = new AbortController();
    const patience = firstAudioMs + settings.start_at * SKIPPED_SECOND_MS;
    const late = setTimeout(() => stopping.abort(noAudio(patience)), patience);
    const response = await calls
      .open('transcode', {
        method: 'POST',
        body: { ...settings, source_url: url },
        signal: AbortSignal.any([signal, stopping.signal]),
      })
      .finally(() => clearTimeout(late));
    refuseForeign(response, settings);
    const id = response.headers.get('x-transcode-id') ?? undefined;
    const body: ReadableStream<Uint8Array> = response.body ?? new ReadableStream();
    return {
      via: 'service',
      id,
      chunks: body[Symbol.asyncIterator](),
      async setFilters(patch) {
        if (id === undefined) throw new AppError('CONFLICT', { live: false }, { message: 'the stream has no name' });
        const answer = await calls.ask<AdjustedAnswer>('transcodes', {
          method: 'PATCH',
          path: `/${id}/filters`,
          body: patch,
          signal,
        });
        return { filters: answer.filters, appliedAtSample: answer.applied_at_sample };
      },
      async wasStopped() {
        if (id === undefined) return false;
        const asked = calls.ask<{ readonly state: string }>('transcodes', { path: `/${id}`, timeoutMs: probeMs });
        return await asked.then(
          ({ state }) => state === 'cancelled',
          () => false,
        );
      },
      async stop() {
        stopping.abort();
      },
    } satisfies Leg;
  };
}

/** Throws UNAVAILABLE when what answers is not what was asked for. */
function refuseForeign({ headers }: Response, settings: PlaybackSettings): void {
  const [expected] = audioContentType(profileOf(settings)).split(';');
  const type = headers.get('content-type') ?? '';
  if (type.startsWith(expected ?? '')) return;
  throw new AppError('UNAVAILABLE', { part: 'service', reason: 'garbage' }, { message: 'that is not the service' });
}
