import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { passthroughArguments, probeArguments, transcodeArguments, wasCut } from '#lib/playback/arguments.ts';
import type { TranscodeRequest } from '#lib/playback/request.ts';
import { settingsOf } from '#lib/playback/request.ts';
import { FFMPEG } from '../../support/ffmpeg.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { collect, supervise } from '../../support/supervised-ffmpeg.ts';
import { acceptedRequests, playbackSettings, transcodeRequest } from '../../support/transcode-requests.ts';

const PIPED_MP3 = { feed: 'pipe', demuxer: 'mp3', maxSeconds: 60, losesPitchedEnd: false } as const;

/** Returns the value after an option. */
function option(args: readonly string[], name: string): string | undefined {
  return args.includes(name) ? args[args.indexOf(name) + 1] : undefined;
}

describe('the arguments of a transcode', () => {
  it('are those of the input, the filters and the profile', () => {
    const args = transcodeArguments(playbackSettings({ filters: { speed: 1.5 } }), PIPED_MP3).join(' ');
    assert.match(
      args,
      /^-protocol_whitelist pipe -format_whitelist \S+ -f mp3 -probesize 4096 -analyzeduration 500000 -threads 1 -i pipe:3 -map 0:a:0 /,
    );
    assert.match(
      args,
      / -af aformat=sample_rates=48000:channel_layouts=stereo,asetpts=\S+,atempo=1.5,asetpts=\S+ -t 61 -map_metadata -1 /,
    );
    assert.match(args, / -c:a libopus .* -flush_packets 1 pipe:1$/);
  });

  it('allow each feed only the protocol it needs', () => {
    const piped = transcodeArguments(playbackSettings(), { ...PIPED_MP3, demuxer: undefined });
    const spooled = transcodeArguments(playbackSettings(), { ...PIPED_MP3, feed: 'spool', demuxer: 'mov' });
    assert.deepEqual([option(piped, '-protocol_whitelist'), option(piped, '-i')], ['pipe', 'pipe:3']);
    assert.equal(option(spooled, '-protocol_whitelist'), 'file');
    assert.equal(option(spooled, '-i'), 'file:/proc/self/fd/3');
  });

  it('allow no demuxer that opens anything else', () => {
    const allowed = option(transcodeArguments(playbackSettings(), PIPED_MP3), '-format_whitelist')?.split(',') ?? [];
    assert.ok(allowed.includes('mp3') && allowed.includes('matroska'));
    for (const name of ['hls', 'applehttp', 'concat', 'dash', 'image2', 'lavfi', 'sdp', 'rtsp', 'tee', 'data']) {
      assert.ok(!allowed.includes(name), name);
    }
  });

  it('probe formats longer that need more bytes', () => {
    const probe = (demuxer: string | undefined) =>
      option(transcodeArguments(playbackSettings(), { ...PIPED_MP3, demuxer }), '-probesize');
    assert.deepEqual([probe('mp3'), probe('ac3'), probe('mpegts')], ['4096', '32768', '1048576']);
    assert.equal(probe(undefined), '1048576');
  });

  it('cut output that may get too long, but not a request for less', () => {
    const cut = (fields: Record<string, unknown>) =>
      option(transcodeArguments(playbackSettings(fields), PIPED_MP3), '-t');
    assert.deepEqual([cut({}), cut({ duration: 61 }), cut({ duration: 60 })], ['61', '61', undefined]);
    assert.deepEqual(
      [cut({ duration: 60, filters: { speed: 0.5 } }), cut({ duration: 120, filters: { speed: 2 } })],
      ['61', undefined],
    );
  });

  it('never contain the name of the source', () => {
    const request = playbackSettings({ source_url: 'https://user:SECRET@example.org/SECRET.mp3?SECRET' });
    assert.doesNotMatch(transcodeArguments(request, PIPED_MP3).join(' '), /SECRET|example/);
  });
});

describe('the arguments of a passthrough', () => {
  it('are those of the input and the container, without filters', () => {
    const args = (fields: Record<string, unknown>) =>
      passthroughArguments(playbackSettings(fields), { ...PIPED_MP3, demuxer: 'ogg' });
    const opus = args({ output_format: 'opus' });
    assert.equal(option(opus, '-c:a'), 'copy');
    assert.equal(opus.join(' ').match(/ -i pipe:3 -map 0:a:0 -t 61 -map_metadata -1 /)?.length, 1);
    assert.ok(!opus.includes('-af') && !opus.includes('-ar'));
    for (const [output_format, container] of [
      ['opus', 'ogg'],
      ['aac', 'adts'],
      ['pcm', 's16le'],
    ]) {
      assert.equal(option(args({ output_format }).slice(-10), '-f') ?? '', container);
    }
  });

  it('probe a source with the same input options', () => {
    const input = { feed: 'spool', demuxer: 'mov' } as const;
    const looking = probeArguments(input).join(' ');
    const reading = passthroughArguments(playbackSettings(), { ...PIPED_MP3, ...input }).join(' ');
    const inputs = (args: string) => args.slice(0, args.indexOf('-map'));
    assert.equal(inputs(looking), inputs(reading));
    assert.match(looking, / -t 0 -f null pipe:1$/);
  });

  it('cut output that is too long, and the cut is detected', async () => {
    using folder = scratchFolder();
    for (const [output_format, demuxer, options] of [
      ['opus', 'ogg', ['-c:a', 'libopus']],
      ['aac', 'aac', ['-c:a', 'aac', '-f', 'adts']],
      ['pcm', 'wav', ['-f', 'wav']],
    ] as const) {
      const source = folder.file(output_format);
      const made = output_format === 'opus' ? [...options, '-f', 'ogg'] : options;
      execFileSync(FFMPEG, ['-v', 'error', '-f', 'lavfi', '-i', 'sine=d=6:r=48000', ...made, source]);
      const request = playbackSettings({ output_format });
      for (const [maxSeconds, isCut] of [
        [4, true],
        [6, false],
      ] as const) {
        const input = { feed: 'pipe', demuxer, maxSeconds, losesPitchedEnd: false } as const;
        await using ffmpeg = supervise({ args: passthroughArguments(request, input), input: 'pipe' });
        ffmpeg.input?.end(readFileSync(source));
        await collect(ffmpeg.output);
        assert.equal((await ffmpeg.outcome).kind, 'finished');
        const seconds = ffmpeg.progress().outTimeSeconds;
        assert.equal(
          wasCut(request, { seconds, maxSeconds }),
          isCut,
          `${output_format}: ${seconds} of ${maxSeconds} s`,
        );
      }
    }
  });
});

/** These once failed: audio of zero or very short length, with a pitch. */
const SHORT_AND_SHIFTED = [
  { filters: { pitch: 1 }, start_at: 0.3 },
  { filters: { pitch: 12 }, duration: 0.000_1 },
  { filters: { pitch: -12 }, start_at: 0.199 },
].map((fields): [TranscodeRequest] => [transcodeRequest(fields)]);

describe('every accepted request', () => {
  it('produces arguments that a real ffmpeg accepts', { timeout: 120_000 }, async () => {
    using folder = scratchFolder();
    const source = folder.file('tone.wav');
    execFileSync(FFMPEG, ['-v', 'error', '-f', 'lavfi', '-i', 'sine=d=0.2:r=44100', '-ac', '2', source]);
    const wav = readFileSync(source);
    await fc.assert(
      fc.asyncProperty(acceptedRequests({ maxSeconds: 0.3 }), async (request) => {
        await using ffmpeg = supervise({
          args: transcodeArguments(settingsOf(request), { ...PIPED_MP3, demuxer: 'wav' }),
          input: 'pipe',
        });
        ffmpeg.input?.end(wav);
        const output = await collect(ffmpeg.output);
        const outcome = await ffmpeg.outcome;
        assert.equal(outcome.kind, 'finished', outcome.log.join('\n'));
        const { start_at: startAt, duration = 1 } = request;
        if (startAt < 0.1 && duration > 0.05) assert.ok(output.length > 0, 'there is no audio');
      }),
      { numRuns: 40, examples: SHORT_AND_SHIFTED },
    );
  });

  it('produces the same bytes each time', async () => {
    using folder = scratchFolder();
    const source = folder.file('tone.wav');
    execFileSync(FFMPEG, ['-v', 'error', '-f', 'lavfi', '-i', 'sine=d=0.2', '-metadata', 'title=Tone', source]);
    const wav = readFileSync(source);
    for (const output_format of ['opus', 'aac', 'pcm']) {
      const args = transcodeArguments(playbackSettings({ output_format }), { ...PIPED_MP3, demuxer: 'wav' });
      const runs = await Promise.all(
        [1, 2].map(async () => {
          await using ffmpeg = supervise({ args, input: 'pipe' });
          ffmpeg.input?.end(wav);
          return await collect(ffmpeg.output);
        }),
      );
      assert.deepEqual(runs[0], runs[1], output_format);
      assert.ok(!runs[0]?.includes('Tone'), 'the metadata is in the output');
    }
  });
});
