import { addAbortListener } from 'node:events';
import { AppError } from '#lib/errors.ts';
import type { Position } from '#lib/playback/playback.ts';
import type { Reading } from '#lib/renditions/reading.ts';
import type { Origin, Renditions } from '#lib/renditions/renditions.ts';
import type { OpenedSource } from '#lib/sources/open-source.ts';
import { unlessAborted } from '#lib/unless-aborted.ts';
import type { AboutAudio, AudioProduction } from './production.ts';

/**
 * Where a session's audio comes from, as its caller may know: produced for this session only (`own`), or a rendition that
 * sessions share.
 */
export type AudioOrigin = 'own' | Origin;

/** Audio whose first byte is available, produced for this session or shared. */
export type Audio = Pick<AudioProduction, 'output' | 'stopped' | 'about' | 'outcome'> &
  Pick<Reading<AboutAudio>, 'share'> & { readonly origin: AudioOrigin };

export type AudioOptions = {
  readonly source: OpenedSource;
  /** Identifies the audio; undefined when it is not shared. */
  readonly key: string | undefined;
  readonly renditions: Renditions<AboutAudio>;
  /** For whom the audio is made, as budgets count callers. */
  readonly subject: string;
  /** Produces the audio until the signal is aborted. Takes ownership of the source. */
  readonly produce: (until: AbortSignal) => Promise<AudioProduction>;
  /** Called before shared audio is produced: other sessions may still use the source after this session ends. */
  readonly onShared: () => void;
  /** Called when the audio turns out to be another session's: this one then opens nothing. */
  readonly onJoined: () => void;
  /** Closes what is opened here. */
  readonly resources: AsyncDisposableStack;
  readonly stopped: AbortSignal;
};

/** Produces audio of a source or reads a shared rendition. Throws as `produce` does, and the reason of `stopped`. */
export async function openAudio(options: AudioOptions): Promise<Audio> {
  const { source, produce, resources, stopped } = options;
  try {
    const shared = await readShared(options);
    if (shared !== undefined) return shared;
  } catch (error) {
    source.close();
    throw error;
  }
  const production = resources.adopt(await produce(stopped), (made) => made.close());
  return { ...production, origin: 'own', share: () => undefined };
}

/** The reading of a rendition is ended only by its reader. */
const NEVER = new AbortController().signal;

async function readShared(options: AudioOptions): Promise<Audio | undefined> {
  const { key, renditions, subject, source, onShared, onJoined, resources, stopped } = options;
  while (key !== undefined) {
    const produce: AudioOptions['produce'] = (until) => {
      onShared();
      return options.produce(until);
    };
    const reading = renditions.read(key, { subject, produce });
    if (reading === undefined) return undefined;
    if (reading.origin !== 'made') onJoined();
    resources.adopt(reading, (read) => read.close());
    try {
      await unlessAborted(reading.started, stopped);
      if (reading.origin !== 'made') source.close();
      // Production goes on for the other readers, so it does not end this one, which may wait for its next bytes.
      resources.use(addAbortListener(stopped, () => reading.output.destroy(stopped.reason)));
      return { ...reading, origin: reading.shownOrigin, stopped: NEVER };
    } catch (error) {
      // A failure in another session may not occur in this one.
      const mayRecover = error instanceof AppError && error.recoverable;
      if (reading.origin !== 'joined' || !mayRecover || stopped.aborted) throw error;
    }
  }
  return undefined;
}

/** The reader's position in the source: the position of production, or of the reader once production has ended. */
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
