import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Accept, type AcceptedFormats, RECOGNISERS } from '#lib/sources/accepted-formats.ts';
import { serve, startHttpSource } from '../../support/http-source.ts';
import { makeMedia, makeTone } from './support/media.ts';
import { openerFor } from './support/opener.ts';

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=10:duration=1'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=duration=1'];
const picture = (name: string, args: readonly string[] = []) => makeMedia(name, [...PICTURE, ...args]);
const video = (name: string, args: readonly string[]) => makeMedia(name, [...PICTURE, ...SOUND, ...args]);
const MPEG4 = ['-c:v', 'mpeg4', '-c:a', 'aac'];

const CUES = '1\n00:00:01,000 --> 00:00:02,500\nGrüße, 你好\n\n2\n00:01:01,000 --> 00:01:02,000\nHello\n';
const SRT = Buffer.from(CUES);
const VTT = Buffer.from(`WEBVTT - Grüße\n\n${CUES.replaceAll(',000', '.000').replace(',500', '.500')}`);
const ASS = Buffer.from(
  '[Script Info]\n; made by a test\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname\n',
);
const utf16 = (text: Buffer) => Buffer.from(`\ufeff${text}`, 'utf16le');

type Sample<Kind extends Accept> = readonly [name: string, content: Buffer, format: AcceptedFormats[Kind]];
type Samples = { readonly [Kind in Accept]: readonly Sample<Kind>[] };

const media = (container: string, demuxer: string, index = 'first') =>
  ({ container, demuxer, index }) as AcceptedFormats['audio'] & AcceptedFormats['media'];

/** What each kind accepts. Everything accepted as audio is accepted as media. */
const SAMPLES: Samples = {
  audio: [
    ['MP3', makeTone('a.mp3', ['-id3v2_version', '0']), media('mp3', 'mp3')],
    ['MP3 with a tag', makeTone('a.mp3', ['-metadata', 'title=Tone']), media('mp3', 'mp3')],
    ['FLAC', makeTone('a.flac'), media('flac', 'flac')],
    ['M4A', makeTone('a.m4a'), media('mp4', 'mov', 'last')],
    ['MP4 with video', video('a.mp4', [...MPEG4, '-movflags', '+faststart']), media('mp4', 'mov')],
    ['QuickTime with video', video('a.mov', MPEG4), media('mp4', 'mov', 'last')],
    ['Matroska with video', video('a.mkv', MPEG4), media('matroska', 'matroska')],
    ['WebM with video', video('a.webm', ['-c:v', 'libvpx', '-c:a', 'libopus']), media('webm', 'matroska')],
    ['MPEG-TS with video', video('a.ts', ['-c:v', 'mpeg2video', '-c:a', 'aac']), media('mpegts', 'mpegts')],
  ],
  media: [
    ['AVI', video('a.avi', ['-c:v', 'mpeg4', '-c:a', 'mp3']), media('avi', 'avi')],
    ['FLV', video('a.flv', ['-c:v', 'flv', '-c:a', 'aac']), media('flv', 'flv')],
    ['MPEG-PS', video('a.mpg', ['-c:v', 'mpeg2video', '-r', '25', '-c:a', 'mp2']), media('mpegps', 'mpeg')],
  ],
  image: [
    ['PNG', picture('a.png', ['-frames:v', '1']), { image: 'png' }],
    ['JPEG', picture('a.jpg', ['-frames:v', '1']), { image: 'jpeg' }],
    ['WebP', picture('a.webp', ['-frames:v', '1']), { image: 'webp' }],
    ['GIF', picture('a.gif', ['-frames:v', '1']), { image: 'gif' }],
    ['animated GIF', picture('a.gif'), { image: 'gif' }],
  ],
  subtitles: [
    ['SRT', SRT, { subtitles: 'srt' }],
    ['SRT by ffmpeg', subtitlesBy('a.srt'), { subtitles: 'srt' }],
    [
      'SRT with leading empty lines and no number',
      Buffer.from('\r\n\r\n0:00:01.5 --> 0:00:02.5\r\nHi'),
      { subtitles: 'srt' },
    ],
    ['SRT in UTF-8 with a BOM', Buffer.from(`\ufeff${CUES}`), { subtitles: 'srt' }],
    ['SRT in Latin-1', Buffer.from(CUES, 'latin1'), { subtitles: 'srt' }],
    ['SRT in UTF-16', utf16(SRT), { subtitles: 'srt' }],
    ['SRT in big-endian UTF-16', utf16(SRT).swap16(), { subtitles: 'srt' }],
    ['WebVTT', VTT, { subtitles: 'webvtt' }],
    ['WebVTT by ffmpeg', subtitlesBy('a.vtt'), { subtitles: 'webvtt' }],
    ['WebVTT in UTF-16', utf16(VTT), { subtitles: 'webvtt' }],
    ['ASS', ASS, { subtitles: 'ass' }],
    ['ASS by ffmpeg', subtitlesBy('a.ass'), { subtitles: 'ass' }],
    ['SSA in UTF-16', utf16(ASS), { subtitles: 'ass' }],
  ],
  any: [],
};
/** All samples as `any` accepts them. */
const EVERYTHING: readonly Sample<'any'>[] = [
  ...[...SAMPLES.audio, ...SAMPLES.media].map(([name, content, format]) =>
    sampleOf(name, content, { kind: 'media', ...format }),
  ),
  ...SAMPLES.image.map(([name, content, format]) => sampleOf(name, content, { kind: 'image', ...format })),
  ...SAMPLES.subtitles.map(([name, content, format]) => sampleOf(name, content, { kind: 'subtitles', ...format })),
];
function sampleOf(name: string, content: Buffer, format: AcceptedFormats['any']): Sample<'any'> {
  return [name, content, format];
}

const KINDS = Object.keys(SAMPLES) as Accept[];

/** What every kind refuses. */
const REFUSED: readonly (readonly [string, Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['HTML', Buffer.from('<!DOCTYPE html><html><body>Not found</body></html>')],
  ['a playlist', Buffer.from('#EXTM3U\n#EXTINF:10,\na.ts\n')],
  ['a bare list', Buffer.from('http://169.254.169.254/latest\n')],
  ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
  ['ZIP', Buffer.from('PK\x03\x04'.padEnd(100, '\0'), 'latin1')],
  ['TIFF', Buffer.from('II*\0'.padEnd(100, '\0'), 'latin1')],
  ['HEIC', Buffer.from(`\0\0\0\x18ftypheic${'\0'.repeat(100)}`, 'latin1')],
  ['prose in UTF-16', utf16(Buffer.from('Hello, there'))],
];
/** The error message of each kind. */
const MESSAGES: Readonly<Record<Accept, RegExp>> = {
  audio: /^the source is (?:an? [\w ]+|text|empty)$/,
  media: /^the source is (?:an? [\w ]+|text|empty), not audio or video$/,
  image: /^the source is not a PNG, JPEG, WebP or GIF image$/,
  subtitles: /^the source is not SRT, WebVTT or ASS subtitles$/,
  any: /^the source is (?:an? [\w ]+|text|empty), not audio or video, an image or subtitles$/,
};

function ownOf(accept: Accept) {
  if (accept === 'any') return EVERYTHING;
  return accept === 'media' ? [...SAMPLES.audio, ...SAMPLES.media] : SAMPLES[accept];
}

describe('a source that is opened as', () => {
  for (const accept of KINDS) {
    const own = ownOf(accept);
    for (const [name, content, format] of own) {
      it(`${accept} may be ${name}`, async () => {
        await using source = await startHttpSource(serve(content));
        await using opener = openerFor([source]);
        const opened = await opener.open(source.origin, { accept, signal: new AbortController().signal });
        assert.deepEqual(opened.format, format);
        const bytes = Buffer.concat((await opened.body.toArray()) as Buffer[]);
        assert.ok(content.subarray(content.length - bytes.length).equals(bytes) && bytes.length > content.length / 2);
      });
    }

    const foreign = KINDS.filter((kind) => accept !== 'any' && kind !== accept && !isBoth(kind, accept));
    const others = foreign.flatMap((kind) => SAMPLES[kind].map(([name, content]) => [name, content] as const));
    for (const [name, content] of [...others, ...REFUSED]) {
      it(`${accept} is not ${name}`, async () => {
        await using source = await startHttpSource(serve(content));
        await using opener = openerFor([source]);
        const opening = opener.open(source.origin, { accept, signal: new AbortController().signal });
        await assert.rejects(opening, { code: 'UNSUPPORTED_FORMAT', status: 415, message: MESSAGES[accept] });
      });
    }
  }

  for (const [name, content] of SAMPLES.media) {
    it(`audio that is ${name} is left to ffmpeg`, () => {
      const format = { container: 'unknown', demuxer: undefined, index: 'first' };
      assert.deepEqual(RECOGNISERS.audio(content, { ended: true }), { kind: 'accepted', format });
    });
  }
});

describe('the first bytes of a source', () => {
  const samples = KINDS.flatMap((kind) => SAMPLES[kind].map(([, content]) => content.subarray(0, 3_000)));
  const breaks = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 5 });
  const broken = fc.tuple(fc.constantFrom(...samples), breaks).map(([sample, changes]) => {
    const media = Buffer.from(sample);
    for (const [at, value] of changes) media[at] = value;
    return media;
  });
  const bytes = fc.oneof(
    broken,
    fc.uint8Array({ maxLength: 1_000 }).map((array) => Buffer.from(array)),
    fc.string().map((text) => utf16(Buffer.from(text))),
  );

  for (const accept of KINDS) {
    it(`are evaluated as ${accept} for any content, with more bytes at each call and never more than exist`, () => {
      fc.assert(
        fc.property(bytes, (content) => {
          for (let length = 0; ; ) {
            const ended = length >= content.length;
            const found = RECOGNISERS[accept](content.subarray(0, length), { ended });
            if (found.kind !== 'need_more') return;
            assert.ok(!ended && found.bytes > length);
            length = found.bytes;
          }
        }),
        { numRuns: 500 },
      );
    });
  }

  it('that are binary are not subtitles', () => {
    const binary = fc.uint8Array({ minLength: 1, maxLength: 400 }).filter((array) => array.includes(0));
    fc.assert(
      fc.property(fc.constantFrom(SRT, VTT, ASS), binary, (text, tail) => {
        const content = Buffer.concat([text.subarray(0, 100), tail]);
        assert.equal(RECOGNISERS.subtitles(content, { ended: true }).kind, 'refused');
      }),
    );
  });
});

function isBoth(one: Accept, other: Accept): boolean {
  return [one, other].every((kind) => kind === 'audio' || kind === 'media');
}

function subtitlesBy(name: string): Buffer {
  const source = `data:text/plain;base64,${SRT.toString('base64')}`;
  return makeMedia(name, ['-f', 'srt', '-i', source]);
}
