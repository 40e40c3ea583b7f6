import { PATHS } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import { liveOf, type PlaybackSettings } from '#lib/playback/settings.ts';
import type { Timeouts } from '../options.ts';
import type { ServiceCalls } from '../service-calls.ts';
import { withFirstAudio } from './first-audio.ts';
import { type AdjustedAnswer, adjustedOf, followChanges } from './follow-changes.ts';
import { type Leg, type OpenLeg, SKIPPED_SECOND_MS } from './leg.ts';
import { notTheService, transcodeIdOf } from './service-answer.ts';

function noAudio(ms: number): AppError {
  const details = { part: 'service', reason: 'silent', limit_seconds: ms / 1_000 };
  return new AppError('TIMEOUT', details, { message: 'the service has sent no audio in time' });
}

function brokenOff(cause: unknown): AppError {
  return new AppError('UNAVAILABLE', { part: 'service' }, { message: 'the service broke off', cause });
}

/** What a record says of how a transcode ended. */
type Ending = { readonly state: string; readonly cancelled_by?: string | null };
type Opened = { readonly id: string; readonly chunks: AsyncIterator<Uint8Array> };

/** Streams from the service, from the first audio on. Throws the service's error, or UNAVAILABLE when that is none. */
export function createServiceLegs(
  calls: ServiceCalls,
  { firstAudioMs, probeMs }: Pick<Timeouts, 'firstAudioMs' | 'probeMs'>,
): OpenLeg {
  async function open(url: string, settings: PlaybackSettings, signal: AbortSignal): Promise<Opened> {
    const asked = { ...settings, source_url: url };
    const response = await calls.open('transcode', { method: 'POST', body: asked, signal });
    const id = transcodeIdOf(response, settings);
    const body = (response.body ?? new ReadableStream<Uint8Array>())[Symbol.asyncIterator]();
    const chunks = await withFirstAudio(body);
    // Behind the end of the source there is nothing to be given; at its beginning there is.
    if (chunks === undefined && settings.start_at === 0) throw notTheService();
    return { id, chunks: chunks ?? body };
  }

  return async ({ url, settings }, { signal }) => {
    const stopping = new AbortController();
    const patience = firstAudioMs + settings.start_at * SKIPPED_SECOND_MS;
    const late = setTimeout(() => stopping.abort(noAudio(patience)), patience);
    const either = AbortSignal.any([signal, stopping.signal]);
    const { id, chunks } = await open(url, settings, either)
      .catch((error: unknown) => {
        if (either.aborted) throw either.reason;
        stopping.abort();
        throw error instanceof AppError ? error : brokenOff(error);
      })
      .finally(() => clearTimeout(late));
    return {
      via: 'service',
      id,
      chunks,
      async setFilters(patch) {
        const answer = await calls.ask<AdjustedAnswer>('transcodes', {
          method: 'PATCH',
          path: PATHS.transcodes.filters,
          id,
          body: patch,
          signal,
        });
        return adjustedOf(answer);
      },
      follow(onChange) {
        const { adjust = [] } = liveOf(settings) ?? {};
        if (adjust.length > 0) void followChanges(calls, id, { signal: either, onChange });
      },
      async wasStopped() {
        const asked = calls.ask<Ending>('transcodes', { path: PATHS.transcodes.one, id, timeoutMs: probeMs });
        return await asked.then(
          // A connection that breaks is a reader who has left, to the service.
          (record) => record.state === 'cancelled' && record.cancelled_by === 'request',
          () => false,
        );
      },
      async stop() {
        stopping.abort();
      },
    } satisfies Leg;
  };
}
