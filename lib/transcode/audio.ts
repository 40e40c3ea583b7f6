import { AppError } from '#lib/errors.ts';
import type { Position } from '#lib/playback/playback.ts';
import type { Reading } from '#lib/renditions/reading.ts';
import type { Origin, Renditions } from '#lib/renditions/renditions.ts';
import type { OpenedSource } from '#lib/sources/open-source.ts';
import { unlessAborted } from '#lib/unless-aborted.ts';
import type { AboutAudio, AudioProduction } from './production.ts';

/** Whether a session's audio is made for it alone, or a rendition that others may read too. */
export type AudioOrigin = 'own' | Origin;

/** Audio that has its first byte, made for this session or for others. */
export type Audio = Pick<AudioProduction, 'output' | 'stopped' | 'about' | 'outcome'> &
  Pick<Reading<AboutAudio>, 'share'> & { readonly origin: AudioOrigin };

export type AudioOptions = {
  readonly source: OpenedSource;
  /** Names the audio; undefined when it is not shared. */
  readonly key: string | undefined;
  readonly renditions: Renditions<AboutAudio>;
  /** Makes it until the signal is aborted; takes the source over. */
  readonly produce: (until: AbortSignal) => Promise<AudioProduction>;
  /** Called before it is made for others too: they may go on with the source when this session has ended. */
  readonly onShared: () => void;
  /** Ends what was opened here. */
  readonly resources: AsyncDisposableStack;
  readonly stopped: AbortSignal;
};

/** Makes the audio of a source, or reads what is made or kept for others. Throws as `produce` does, and the reason of `stopped`. */
export async function openAudio(options: AudioOptions): Promise<Audio> {
  const { source, produce, resources, stopped } = options;
  try {
    const shared = await readShared(options);
    if (shared?.origin === 'joined' || shared?.origin === 'kept') source.close();
    if (shared !== undefined) return shared;
  } catch (error) {
    source.close();
    throw error;
  }
  const production = resources.adopt(await produce(stopped), (made) => made.close());
  return { ...production, origin: 'own', share: () => undefined };
}

/** Only its reader ends the reading of a rendition. */
const NEVER = new AbortController().signal;

async function readShared(options: AudioOptions): Promise<Audio | undefined> {
  const { key, renditions, produce, onShared, resources, stopped } = options;
  while (key !== undefined) {
    const reading = renditions.read(key, (until) => {
      onShared();
      return produce(until);
    });
    if (reading === undefined) return undefined;
    resources.adopt(reading, (read) => read.close());
    try {
      await unlessAborted(reading.started, stopped);
      return { ...reading, stopped: NEVER };
    } catch (error) {
      // What failed for another session may succeed for this one.
      const mayRecover = error instanceof AppError && error.recoverable;
      if (reading.origin !== 'joined' || !mayRecover || stopped.aborted) throw error;
    }
  }
  return undefined;
}

/** The reader's position in the source: that of production, or, once that has ended, as far as it has read. */
export function positionOf({ about, share }: Pick<Audio, 'about' | 'share'>, startAt: number): Position {
  const { position } = about();
  const read = share();
  if (read === undefined) return position;
  const { positionSeconds, fraction } = position;
  return {
    ...position,
    positionSeconds: startAt + (positionSeconds - startAt) * read,
    fraction: fraction === undefined ? undefined : fraction * read,
  };
}
