import { PATHS } from '#lib/api/paths.ts';
import { AppError } from '#lib/errors.ts';
import { liveOf, type PlaybackSettings } from '#lib/playback/settings.ts';
import type { ServiceCalls } from '../service/calls.ts';
import { notTheService } from '../service/error-response.ts';
import type { TranscodeRecord } from '../service/transcode-record.ts';
import { requestOf } from '../service/transcode-request.ts';
import { wasCut } from './failures.ts';
import { withFirstAudio } from './first-audio.ts';
import { type AdjustedAnswer, adjustedOf, followChanges } from './follow-changes.ts';
import { type Leg, type OpenLeg, SKIPPED_SECOND_MS } from './leg.ts';
import { transcodeIdOf } from './service-response.ts';

function noAudio(ms: number): AppError {
  const details = { part: 'service', reason: 'silent', limit_seconds: ms / 1_000 };
  return new AppError('TIMEOUT', details, { message: 'the service sent no audio in time' });
}

export type ServiceLegsOptions = {
  /** Longest wait for the first audio, ms; a later position in the source adds to it. */
  readonly firstAudioMs: number;
  /** Longest wait for the record of a stream that was cut, ms. */
  readonly probeMs: number;
};

type Opened = { readonly id: string; readonly chunks: AsyncIterator<Uint8Array> };

/** Opens legs from the service; resolves with the first audio. Throws the service's error or UNAVAILABLE. */
export function createServiceLegs(calls: ServiceCalls, { firstAudioMs, probeMs }: ServiceLegsOptions): OpenLeg {
  async function open(url: string, settings: PlaybackSettings, signal: AbortSignal): Promise<Opened> {
    const body = requestOf(url, settings);
    const response = await calls.open('transcode', { method: 'POST', body, signal });
    const id = transcodeIdOf(response, settings);
    const whole = (response.body ?? new ReadableStream<Uint8Array>())[Symbol.asyncIterator]();
    const chunks = await withFirstAudio(whole);
    // Only a request that starts after the end of its source may have no audio.
    if (chunks === undefined && settings.startAt === 0) throw notTheService();
    return { id, chunks: chunks ?? whole };
  }

  return async ({ url, settings }, { signal }) => {
    const stopping = new AbortController();
    const limitMs = firstAudioMs + settings.startAt * SKIPPED_SECOND_MS;
    const late = setTimeout(() => stopping.abort(noAudio(limitMs)), limitMs);
    const either = AbortSignal.any([signal, stopping.signal]);
    const { id, chunks } = await open(url, settings, either)
      .catch((error: unknown) => {
        if (either.aborted) throw either.reason;
        stopping.abort();
        throw error instanceof AppError ? error : wasCut('service', 0, error);
      })
      .finally(() => clearTimeout(late));
    return {
      via: 'service',
      id,
      chunks,
      async setFilters(patch) {
        const answer = await calls.request<AdjustedAnswer>('transcodes', {
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
        const record = calls.request<TranscodeRecord>('transcodes', {
          path: PATHS.transcodes.one,
          id,
          timeoutMs: probeMs,
        });
        return await record.then(
          // The service also cancels a stream whose connection was closed, since the client seems to have left.
          ({ state, cancelled_by }) => state === 'cancelled' && cancelled_by === 'request',
          () => false,
        );
      },
      async stop() {
        stopping.abort();
      },
    } satisfies Leg;
  };
}
