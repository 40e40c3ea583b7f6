import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readScript } from '#lib/jobs/text/read-script.ts';

const STYLE_FORMAT = 'Format: Name, Fontname, Fontsize, ScaleX, ScaleY, Outline, Shadow, Alignment';
const USUAL = 'Style: Default,Arial,20,100,100,2,0,8';

type Parts = {
  readonly info?: readonly string[];
  readonly styles?: readonly string[];
  readonly events?: readonly string[];
};

function script({ info = ['PlayResX: 640', 'PlayResY: 360'], styles = [USUAL], events = [] }: Parts): string {
  return [
    ...['[Script Info]', 'ScriptType: v4.00+', ...info, '', '[V4+ Styles]', STYLE_FORMAT, ...styles, ''],
    ...['[Fonts]', 'fontname: evil.ttf', 'M#&5', '', '[Graphics]', 'filename: x.png', 'AAAA', ''],
    ...['[Events]', 'Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text', ...events],
  ].join('\n');
}

const line = (text: string, { from = 1, to = 2, layer = 0 } = {}) =>
  `Dialogue: ${layer},0:00:0${from}.00,0:00:0${to}.00,Default,,0,0,0,,${text}`;
const read = (parts: Parts) => readScript(script(parts), { field: 'steps[0].input', input: 'subs', step: 0 });

/** Returns the limit that a file exceeds. */
function limitOf(parts: Parts): unknown {
  try {
    read(parts);
    return null;
  } catch (error) {
    const { code, details } = error as { code: string; details: Record<string, unknown> };
    assert.equal(code, 'LIMIT_EXCEEDED');
    assert.equal(details['field'], 'steps[0].input');
    return details['limit'];
  }
}

describe('a file of ASS that is drawn', () => {
  it('keeps its styles and events, and loses its fonts and graphics', () => {
    const { head, events } = read({ events: [line('{\\i1}Hello{\\i0}, world')] });
    assert.deepEqual(head.styles, [STYLE_FORMAT, USUAL]);
    const [event] = events;
    assert.partialDeepStrictEqual(event, {
      text: '{\\i1}Hello{\\i0}, world',
      style: 'Default',
      row: 'top',
      isMoving: false,
    });
    assert.doesNotMatch(JSON.stringify({ head, events }), /evil|png/);
  });

  it('gets the size that players assume when it names none', () => {
    assert.partialDeepStrictEqual(read({ info: [] }).head, { width: 384, height: 288 });
    assert.partialDeepStrictEqual(read({ info: ['PlayResY: 720'] }).head, { width: 960, height: 720 });
  });

  it('draws lower layers first', () => {
    const { events } = read({ events: [line('above', { layer: 1 }), line('below')] });
    assert.deepEqual(
      events.map(({ text }) => text),
      ['below', 'above'],
    );
  });

  it('is divided in time only where nothing depends on when it began', () => {
    const texts = ['plain', '{\\fad(100,200)}fade', '{\\move(1,1,9,9)}moves', '{\\k20}sung', '{\\pos(9,9)}placed'];
    const { events } = read({ events: texts.map((text) => line(text)) });
    assert.deepEqual(
      events.map(({ isMoving, fadeInMs, fadeOutMs }) => [isMoving, fadeInMs, fadeOutMs]),
      [
        [false, 0, 0],
        [false, 100, 200],
        [true, 0, 0],
        [true, 0, 0],
        [true, 0, 0],
      ],
    );
  });

  it('may not ask for letters, outlines, blurs or drawings that take too much memory or time', () => {
    const drawing = (size: number) => `{\\p1}m 0 0 l ${size} 0 ${size} ${size} 0 ${size}{\\p0}`;
    const cases: readonly (readonly [Parts, string])[] = [
      [{ styles: ['Style: Default,Arial,20000,100,100,2,0,2'] }, 'subtitle_size'],
      [{ styles: ['Style: Default,Arial,20,100,100000,2,0,2'] }, 'subtitle_size'],
      [{ styles: ['Style: Default,Arial,20,100,100,900,0,2'] }, 'subtitle_edge'],
      [{ events: [line('{\\fs99999}a')] }, 'subtitle_size'],
      [{ events: [line('{\\fs400\\fscx9000}a')] }, 'subtitle_size'],
      [{ events: [line(`{${'\\fs+90'.repeat(9)}}a`)] }, 'subtitle_size'],
      [{ events: [line('{\\bord9999}a')] }, 'subtitle_edge'],
      [{ events: [line('{\\blur500}a')] }, 'subtitle_blur'],
      [{ events: [line(drawing(100_000))] }, 'subtitle_size'],
      [{ events: [line('{\\clip(m 0 0 l 900000 0 9 900000)}a')] }, 'subtitle_size'],
      [{ events: Array.from({ length: 20 }, () => line(drawing(600))) }, 'subtitle_drawings'],
      [{ events: [line('x'.repeat(70_000))] }, 'subtitle_event_characters'],
      [{ events: Array.from({ length: 201 }, () => line('x')) }, 'subtitle_cues_at_once'],
    ];
    for (const [parts, limit] of cases) assert.equal(limitOf(parts), limit, JSON.stringify(parts).slice(0, 100));
    const allowed = [line('{\\fs48\\bord4\\blur2}Title'), line(drawing(600)), line(drawing(600), { from: 2, to: 3 })];
    assert.equal(limitOf({ events: [...allowed, ...Array.from({ length: 190 }, () => line('x'))] }), null);
  });
});
