import { argumentOf, type Command, textOf } from '../arguments/command.ts';
import { FILTER_OPTIONS, LIVE_OPTIONS, liveOf, PART_OPTIONS, requestOf } from '../arguments/request-options.ts';
import { CONNECTION_OPTIONS, connect, FALLBACK_OPTIONS } from '../connection.ts';
import { openSource } from '../source/open-source.ts';
import { findPlayer, playWith } from './player.ts';

/** `ffn play FILE|URL`: live, so that filters can change while it plays. */
export const play: Command = {
  usage: 'FILE|URL',
  help: 'Play a source on this machine',
  notes: 'It plays through mpv, ffplay or aplay. "ffn set" changes the filters while it plays.',
  examples: ['https://example.org/song.mp3', 'song.flac --eq bass_boost --start 1:30'],
  takes: [1, 1],
  options: {
    ...FILTER_OPTIONS,
    ...LIVE_OPTIONS,
    ...PART_OPTIONS,
    player: { type: 'string', value: 'NAME', help: 'mpv, ffplay or aplay (default: the first one found)' },
    ...CONNECTION_OPTIONS,
    ...FALLBACK_OPTIONS,
  },
  async run(run) {
    const { values, report, signal } = run;
    const live = liveOf(values);
    const player = findPlayer(textOf(values, 'player'));
    using connection = connect(run, { isLive: true });
    const { url } = await openSource(argumentOf(run), connection, run);
    const request = { ...requestOf(values, player.format, url), ...live };
    const stream = await connection.open(request, { signal });
    const { id, via } = stream;
    const hint = via === 'service' ? `playing; change it with: ffn set ${id} --speed 1.25` : 'playing';
    report.event('started', { id, via, player: player.name }, hint);
    await playWith(player, stream, signal);
    report.event('done', { id, via: stream.via, position_seconds: stream.positionSeconds });
  },
};
