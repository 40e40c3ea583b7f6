import {
  type AudioPlayer,
  AudioPlayerStatus,
  createAudioPlayer,
  createAudioResource,
  StreamType,
} from '@discordjs/voice';
import { AppError, type AudioStream, type Client, type FilterPatch } from 'ffmpeg-functions/client';

/** A queue of links for one guild. `player` is subscribed to the guild's voice connection. */
export type Queue = {
  readonly player: AudioPlayer;
  add(url: string): void;
  skip(): void;
  /** Applies to the track that plays and to those that follow. */
  change(filters: FilterPatch): Promise<void>;
  close(): void;
};

/** Packets of 20 ms without audio after which a player gives up: longer than the client needs for its fallback. */
const MAX_MISSED_FRAMES = 250;

export function createQueue(client: Client): Queue {
  const player = createAudioPlayer({ behaviors: { maxMissedFrames: MAX_MISSED_FRAMES } });
  const urls: string[] = [];
  let filters: FilterPatch = {};
  let stream: AudioStream | undefined;
  let isOpening = false;

  async function playNext(): Promise<void> {
    if (isOpening || player.state.status !== AudioPlayerStatus.Idle) return;
    isOpening = true;
    for (let url = urls.shift(); url !== undefined; url = urls.shift()) {
      try {
        const wanted = filters;
        stream = await client.transcode({
          source_url: url,
          output_format: 'opus',
          live: true,
          lead_seconds: 1,
          adjust: ['speed', 'volume'],
          filters: wanted,
        });
        if (filters !== wanted) await stream.setFilters(filters);
        player.play(createAudioResource(stream, { inputType: StreamType.OggOpus }));
        break;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        console.error('skipped:', url, error.code);
      }
    }
    isOpening = false;
  }

  player.on(AudioPlayerStatus.Idle, playNext);
  // The player is idle next, and plays the next track.
  player.on('error', (error) => console.error('cut:', error.message));

  return {
    player,
    add(url) {
      urls.push(url);
      void playNext();
    },
    skip() {
      player.stop(true);
    },
    async change(patch) {
      filters = { ...filters, ...patch };
      if (player.state.status === AudioPlayerStatus.Idle) return;
      await stream?.setFilters(patch).catch((error: AppError) => {
        // The track is read to its end: the next one has the change.
        if (error.code !== 'CONFLICT') throw error;
      });
    },
    close() {
      urls.length = 0;
      player.stop(true);
    },
  };
}
