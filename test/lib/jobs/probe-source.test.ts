import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createProbeAhead } from '#lib/jobs/probe-ahead.ts';
import { PROBE_REPORT, type ProbeReport } from '#lib/jobs/probe-report.ts';
import { createProbeSource } from '#lib/jobs/probe-source.ts';
import { createShare } from '#lib/work/shares.ts';
import { eventually } from '../../support/eventually.ts';
import { answer, neverAnswer, type ServeOptions, serve, startHttpSource } from '../../support/http-source.ts';
import { type FilmFolder, filmFolder, X264 } from '../../support/job-media.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { openerFor } from '../sources/support/opener.ts';
import { failureOf } from './run/support/failure.ts';
import { PROGRAMS } from './run/support/workshop.ts';

const CALLER = { subject: 'alice', scopes: ['jobs'], via: 'token' } as const;

let films: FilmFolder;
let scratch: ScratchFolder;
/** 20 seconds of busy pictures and sound, more than 3 MiB. */
let film: string;
before(async () => {
  films = await filmFolder();
  scratch = scratchFolder();
  const pictures = 'testsrc=size=160x90:rate=25:duration=20,noise=alls=60:allf=t';
  const sound = 'anoisesrc=d=20:r=48000:c=pink';
  film = await films.make('film', [
    ...['-f', 'lavfi', '-i', pictures, '-f', 'lavfi', '-i', sound],
    ...[...X264, '-qp', '8', '-c:a', 'aac', '-ac', '2', '-b:a', '192k', '-metadata:s:a:0', 'language=rus', '-f', 'mp4'],
  ]);
});
after(async () => {
  await films[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

type Options = { readonly timeoutMs?: number; readonly perAccount?: number; readonly times?: number };

/** Probes a source that behaves like this. Nothing is left of it. */
async function probe(behave: RequestListener, { timeoutMs, perAccount = 2, times = 1 }: Options = {}) {
  await using source = await startHttpSource(behave);
  await using opener = openerFor([source]);
  const probes = createShare({ budget: 'probes', limit: 3, reserve: 1, perAccount });
  const tools = { sources: () => opener, programs: async () => PROGRAMS, directory: scratch.path, niceness: 0 };
  const probeAhead = createProbeAhead({ ...tools, probes, ...(timeoutMs !== undefined && { timeoutMs }) });
  const probeSource = createProbeSource(probeAhead);
  try {
    const all = Array.from({ length: times }, () => probeSource(`${source.origin}/a`, { caller: CALLER }));
    const [report = assert.fail()] = await Promise.all(all);
    return { report: PROBE_REPORT.parse(report), requests: source.requests };
  } finally {
    await eventually(() => assert.deepEqual([probes.total(), readdirSync(scratch.path)], [0, []]));
  }
}

async function probeFile(path: string, options: ServeOptions = {}): Promise<ProbeReport> {
  const { report } = await probe(serve(readFileSync(path), { headers: { etag: '"a"' }, ...options }));
  return report;
}

/** Returns the film in another container. */
const muxed = (name: string, args: readonly string[]) => films.make(name, ['-i', film, ...args]);

describe('the description of a film', () => {
  it('is made of its ends, and has its streams with all that is known', async () => {
    const bytes = readFileSync(film);
    assert.ok(bytes.length > 3 << 20, `${bytes.length} bytes`);
    const { report, requests } = await probe(serve(bytes, { headers: { etag: '"a"' } }));
    assert.ok(requests.some(({ headers }) => headers.range === `bytes=${bytes.length - (1 << 20)}-`));
    const { streams, ...file } = report;
    assert.deepEqual(file, {
      ...{ kind: 'media', container: 'mp4', seconds: 20, bytes: bytes.length, other_streams: [], unknown: [] },
    });
    const [video, audio] = streams ?? [];
    assert.partialDeepStrictEqual(video, {
      ...{ type: 'video', index: 0, codec: 'h264', width: 160, height: 90, rotation: 0, pixel_aspect: 1 },
      ...{ upright_width: 160, upright_height: 90, average_rate: 25, base_rate: 25, pixel_format: 'yuv420p' },
      ...{ start_seconds: 0, end_seconds: 20, language: null, default: true },
    });
    assert.partialDeepStrictEqual(audio, {
      ...{ type: 'audio', index: 1, codec: 'aac', profile: 'LC', sample_rate: 48_000, channels: 2, layout: 'stereo' },
      ...{ language: 'rus', default: true },
    });
  });

  it('says how a picture is turned, and what its pixels and colours are', async () => {
    const picture = ['-f', 'lavfi', '-i', 'testsrc=size=160x90:rate=30000/1001:duration=1,setsar=4/3'];
    const colors = ['-color_range', 'tv', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'];
    const flat = await films.make('flat', [...picture, ...X264, ...colors, '-f', 'mp4']);
    const turned = await films.make('turned', ['-i', flat, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', '-f', 'mp4']);
    const [video] = (await probeFile(turned)).streams ?? [];
    assert.ok(video?.type === 'video');
    assert.deepEqual([video.width, video.height, video.rotation % 180], [160, 90, 90]);
    assert.deepEqual([video.upright_width, video.upright_height], [90, 213]);
    assert.deepEqual([video.pixel_aspect.toFixed(3), video.average_rate?.toFixed(3)], ['1.333', '29.970']);
    assert.deepEqual(video.color, { range: 'tv', space: 'bt709', primaries: 'bt709', transfer: 'bt709' });
  });

  const sixty = ['-vn', '-af', 'aloop=loop=-1:size=960000,atrim=end=60'];
  for (const [container, seconds, args] of [
    ['mp4', 20, ['-c', 'copy', '-movflags', '+faststart', '-f', 'mp4']],
    ['matroska', 20, ['-c', 'copy', '-f', 'matroska']],
    ['mpegts', 20, ['-c', 'copy', '-f', 'mpegts']],
    ['flv', 20, ['-c', 'copy', '-f', 'flv']],
    ['avi', 20, ['-c:v', 'copy', '-c:a', 'mp3', '-f', 'avi']],
    ['mpegps', 20, ['-c:v', 'mpeg2video', '-q:v', '2', '-c:a', 'mp2', '-f', 'vob']],
    ['wav', 20, ['-vn', '-c:a', 'pcm_s16le', '-f', 'wav']],
    ['flac', 20, ['-vn', '-c:a', 'flac', '-f', 'flac']],
    ['ogg', 20, ['-vn', '-c:a', 'flac', '-f', 'ogg']],
    ['mp3', 60, [...sixty, '-c:a', 'libmp3lame', '-b:a', '320k', '-f', 'mp3']],
  ] as const) {
    it(`of ${container} has its length although its middle was not read`, async () => {
      const path = await muxed(container, args);
      const bytes = readFileSync(path).length;
      assert.ok(bytes > 2 << 20, `${bytes} bytes`);
      const report = await probeFile(path);
      assert.deepEqual([report.container, report.bytes, report.unknown], [container, bytes, []]);
      assert.ok(Math.abs((report.seconds ?? 0) - seconds) < 0.1, `${report.seconds} s`);
    });
  }

  for (const [container, args] of [
    ['adts', ['-vn', '-c:a', 'copy', '-f', 'adts']],
    ['mp3', [...sixty, '-c:a', 'libmp3lame', '-b:a', '320k', '-write_xing', '0', '-f', 'mp3']],
  ] as const) {
    it(`of ${container} has no length when its frames are not counted in it`, async () => {
      const report = await probeFile(await muxed(`${container}-uncounted`, args));
      assert.deepEqual([report.container, report.seconds], [container, null]);
      assert.deepEqual(
        report.unknown.map(({ field }) => field),
        ['seconds'],
      );
      assert.equal(report.streams?.[0]?.end_seconds, null);
    });
  }

  it('has its other streams, and why they are not used', async () => {
    const words = join(films.path, 'words.srt');
    writeFileSync(words, CUES);
    const cover = await films.make('cover.png', [
      '-f',
      'lavfi',
      '-i',
      'color=s=32x32',
      '-frames:v',
      '1',
      '-f',
      'image2',
    ]);
    const path = await films.make('others', [
      ...['-t', '1', '-i', film, '-i', words, '-i', cover, '-map', '0', '-map', '1', '-map', '2', '-c', 'copy'],
      ...['-c:s', 'mov_text', '-metadata:s:s:0', 'language=eng', '-disposition:v:1', 'attached_pic', '-f', 'mp4'],
    ]);
    const { other_streams: others } = await probeFile(path);
    assert.deepEqual(
      others?.map(({ codec, language, not_used_because }) => [codec, language, not_used_because]),
      [
        ['mov_text', 'eng', 'subtitles'],
        ['png', null, 'attached_picture'],
      ],
    );
  });
});

const CUES = '1\n00:00:01,000 --> 00:00:02,000\nHello\n';

describe('the description of another source', () => {
  for (const [container, args] of [
    ['png', ['-f', 'image2', '-c:v', 'png']],
    ['jpeg', ['-f', 'image2', '-c:v', 'mjpeg']],
    ['webp', ['-f', 'image2', '-c:v', 'libwebp']],
  ] as const) {
    it(`of a ${container} is a picture without a length`, async () => {
      const path = await films.make(`still-${container}`, [
        ...['-f', 'lavfi', '-i', 'testsrc=size=64x48', '-frames:v', '1', ...args],
      ]);
      const report = await probeFile(path);
      assert.deepEqual([report.kind, report.container, report.seconds], ['picture', container, null]);
      const [stream] = report.streams ?? [];
      assert.partialDeepStrictEqual(stream, { type: 'video', width: 64, height: 48, end_seconds: null });
      assert.deepEqual(report.unknown, [{ field: 'seconds', because: 'a still picture has no length' }]);
    });
  }

  it('of a moving GIF has its length if the file is short', async () => {
    const path = await films.make('gif', ['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=10:duration=2', '-f', 'gif']);
    const { kind, container, seconds } = await probeFile(path);
    assert.deepEqual([kind, container, seconds], ['picture', 'gif', 2]);
  });

  for (const [format, text] of [
    ['srt', CUES],
    ['webvtt', `WEBVTT\n\n${CUES.replaceAll(',', '.')}`],
    ['ass', '[Script Info]\nScriptType: v4.00+\n'],
  ] as const) {
    it(`of ${format} is subtitles`, async () => {
      const { report } = await probe(serve(Buffer.from(text)));
      const { kind, container, bytes, streams } = report;
      assert.deepEqual([kind, container, bytes, streams], ['subtitles', format, text.length, []]);
    });
  }

  it('says what a server without ranges, or without a size, does not show', async () => {
    const index = await probeFile(film, { ranges: false });
    assert.deepEqual([index.container, index.seconds, index.streams], ['mp4', null, null]);
    assert.deepEqual(
      index.unknown.map(({ field }) => field),
      ['seconds', 'streams'],
    );
    assert.match(index.unknown[0]?.because ?? '', /^the beginning of the file does not suffice: /);
    const stream = await muxed('mpegts', ['-c', 'copy', '-f', 'mpegts']);
    const endless = await probeFile(stream, { chunked: true });
    assert.deepEqual([endless.container, endless.seconds, endless.bytes], ['mpegts', null, null]);
    assert.equal(endless.streams?.length, 2);
    assert.deepEqual(
      endless.unknown.map(({ field }) => field),
      ['seconds', 'bytes'],
    );
  });
});

describe('a source that cannot be described', () => {
  it('is refused with the error of a source, for its URL', async () => {
    for (const [behave, expected] of [
      [answer(404), { code: 'DOWNLOAD_FAILED', details: { field: 'url', status: 404 } }],
      [serve(Buffer.from('<html>'.repeat(200))), { code: 'UNSUPPORTED_FORMAT', details: { field: 'url' } }],
      [serve(Buffer.from('#EXTM3U\n')), { code: 'UNSUPPORTED_FORMAT', details: { field: 'url' } }],
      [serve(readFileSync(film).subarray(0, 500_000)), { code: 'UNSUPPORTED_FORMAT', details: { field: 'url' } }],
      [
        (_request, response) => void response.writeHead(200, { 'content-length': 2 ** 31 }).write('x'),
        { code: 'LIMIT_EXCEEDED', details: { field: 'url', limit: 'input_bytes', value: 2 ** 31, max: 2 ** 30 } },
      ],
    ] as const satisfies readonly (readonly [RequestListener, object])[]) {
      assert.partialDeepStrictEqual(await failureOf(probe(behave)), expected);
    }
  });

  it('is given up when it is too slow, and may be tried again', async () => {
    const failure = await failureOf(probe(neverAnswer, { timeoutMs: 200 }));
    assert.deepEqual([failure.code, failure.recoverable], ['TIMEOUT', true]);
    assert.deepEqual(failure.details, { field: 'url', limit_seconds: 0.2 });
  });

  it('counts against its caller only', async () => {
    const failure = await failureOf(probe(serve(readFileSync(film)), { perAccount: 2, times: 3 }));
    assert.partialDeepStrictEqual(failure, { code: 'RATE_LIMITED', details: { budget: 'probes', limit: 2, used: 2 } });
    assert.equal(failure.details['field'], undefined);
  });
});
