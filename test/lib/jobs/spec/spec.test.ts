import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { AppError } from '#lib/errors.ts';
import { baseOf, mediaInputs, textInputs } from '#lib/jobs/spec/base.ts';
import { JOB_SPEC, type JobSpec } from '#lib/jobs/spec/spec.ts';
import { validate } from '#lib/validation.ts';

const INPUTS = { a: 'https://example.org/a.mp4', b: 's3://media/b.avi' };
const BASE = { inputs: { a: INPUTS.a }, outputs: [{ format: 'mp4' }] };
const JOINED = { inputs: INPUTS, outputs: [{ format: 'mp4' }] };

function parsed(request: object): JobSpec {
  return validate(JOB_SPEC, request);
}

/** Returns the first error as `field: message`. */
function refusal(request: unknown): string {
  try {
    validate(JOB_SPEC, request);
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'VALIDATION_ERROR');
    return `${error.details['field']}: ${error.message}`;
  }
  assert.fail('it was accepted');
}

const many = <Value>(count: number, value: Value): Value[] => Array.from({ length: count }, () => value);
const named = (count: number) => Object.fromEntries(many(count, INPUTS.a).map((url, index) => [`i${index}`, url]));
const added = (step: unknown) => ({ ...JOINED, steps: [step] });
const REPLACE = { op: 'audio', mode: 'replace', input: 'b' };
const MIX = { ...REPLACE, mode: 'mix' };
const EMBED = { op: 'subtitles', mode: 'embed', input: 'b' };
const concat = (...inputs: unknown[]) => ({ ...JOINED, steps: [{ op: 'concat', inputs }] });

describe('the request of a job', () => {
  it('has defaults', () => {
    assert.deepEqual(parsed(BASE), {
      inputs: { a: { url: INPUTS.a } },
      steps: [],
      outputs: [{ name: 'output-1', format: 'mp4' }],
      priority: 5,
      metadata: null,
      callback_url: null,
      on_damage: 'fail',
      cache: true,
    });
  });

  it('takes output for outputs', () => {
    const { outputs } = parsed({ inputs: BASE.inputs, output: { name: 'film', format: 'webm' } });
    assert.deepEqual(outputs, [{ name: 'film', format: 'webm' }]);
  });

  it('takes an input as a name or as a part', () => {
    const { steps } = parsed(concat('a', { input: 'b', from: 10, to: 20 }));
    assert.deepEqual(steps, [{ op: 'concat', inputs: [{ input: 'a' }, { input: 'b', from: 10, to: 20 }] }]);
  });

  it('takes as base the only input that no step adds as sound or subtitles', () => {
    const inputs = { music: INPUTS.a, a: INPUTS.a, subs: INPUTS.b };
    const steps = [
      { ...REPLACE, input: 'music' },
      { ...EMBED, input: 'subs' },
    ];
    const spec = parsed({ ...JOINED, inputs, steps });
    assert.equal(baseOf(spec), 'a');
    assert.deepEqual([mediaInputs(spec), textInputs(spec)], [['a', 'music'], ['subs']]);
    assert.deepEqual(spec.steps, [
      { op: 'audio', mode: 'replace', input: { input: 'music' }, volume: 1, fade_in: 0, fade_out: 0, loop: false },
      { op: 'subtitles', mode: 'embed', input: 'subs', default: false },
    ]);
    assert.equal(baseOf(parsed({ ...BASE, steps: [{ ...REPLACE, input: 'a' }] })), 'a');
  });

  it('describes itself as JSON schema', () => {
    const schema = z.toJSONSchema(JOB_SPEC, { io: 'input' });
    assert.equal(schema['additionalProperties'], false);
    assert.deepEqual(schema['required'], ['inputs']);
    assert.match(JSON.stringify(schema), /Joins inputs, one after the other/);
  });

  for (const [request, expected] of [
    [5, ': a job must be an object'],
    [{}, 'inputs: inputs must be an object of 1 to 100 inputs'],
    [{ ...BASE, inputs: {} }, 'inputs: inputs must be an object of 1 to 100 inputs'],
    [{ ...JOINED, inputs: named(101), base: 'i0' }, 'inputs: inputs must be an object of 1 to 100 inputs'],
    [{ ...BASE, inputs: { a: 5 } }, 'inputs.a: an input is a URL or {url, …}'],
    [{ ...BASE, inputs: { a: { url: INPUTS.a, seconds: 0 } } }, 'inputs.a.seconds: seconds must be above 0'],
    [
      { ...BASE, inputs: { a: { url: INPUTS.a, codec: 'x' } } },
      'inputs.a.codec: codec is not a known field: an input has url, seconds, encoding, language',
    ],
    [
      { ...BASE, inputs: { a: { url: INPUTS.a, encoding: 'x' } } },
      'inputs.a.encoding: encoding must be a name such as utf-8 or windows-1251',
    ],
    ...['ru', 'xyz', 'RUS', 5].map((language): [unknown, string] => [
      added({ ...EMBED, language }),
      'steps[0].language: language must be a code of ISO 639-2, three letters such as eng',
    ]),
    [added({ ...EMBED, mode: 'draw' }), 'steps[0].mode: mode must be one of embed, burn'],
    [added({ ...EMBED, input: undefined }), 'steps[0]: give either input or cues'],
    [added({ ...EMBED, cues: [{ from: 1, to: 2, text: 'a' }] }), 'steps[0]: give either input or cues'],
    [
      added({ ...EMBED, input: undefined, cues: [{ from: 2, to: 2, text: 'a' }] }),
      'steps[0].cues[0].to: to must be after from, which is 2',
    ],
    [
      added({ ...EMBED, style: { color: '#ffffff' } }),
      'steps[0].style: style is for mode burn: players decide how embedded subtitles look',
    ],
    [
      added({ ...EMBED, mode: 'burn', default: true }),
      'steps[0].default: default is for mode embed: burned subtitles are always shown',
    ],
    [added({ ...EMBED, mode: 'burn', style: { x: 1 } }), 'steps[0].style.y: x needs y'],
    [added({ op: 'text', text: ' ' }), 'steps[0].text: text must be 1 to 10000 characters'],
    [added({ op: 'text', text: 'x'.repeat(10_001) }), 'steps[0].text: text must be 1 to 10000 characters'],
    [added({ op: 'text', text: 'a', x: 1, y: 1, position: 'top' }), 'steps[0].position: position excludes x and y'],
    [added({ op: 'text', text: 'a', from: 2, to: 1 }), 'steps[0].to: to must be after from, which is 2'],
    [
      added({ op: 'text', text: 'a', font: 'A,B' }),
      'steps[0].font: font must be the name of a family: 1 to 64 letters, digits, spaces, - . _ or +',
    ],
    [
      added({ op: 'text', text: 'a', outline: { width: 1, color: 'red' } }),
      'steps[0].outline.color: color must be such as "#1a2b3c", or "#1a2b3c80" with opacity',
    ],
    [added({ ...EMBED, default: 1 }), 'steps[0].default: default must be true or false'],
    [added({ ...EMBED, input: 'c' }), 'steps[0].input: there is no input c; the inputs are a, b'],
    [
      { ...added(EMBED), outputs: [{ format: 'mp3' }, { format: 'jpg' }] },
      'steps[0].mode: no output can carry subtitles; mp4, mov, mkv, webm can',
    ],
    [added({ ...REPLACE, mode: 'duet' }), 'steps[0].mode: mode must be one of replace, mix'],
    [added({ ...REPLACE, volume: 4.1 }), 'steps[0].volume: volume must be between 0 and 4'],
    [added({ ...REPLACE, offset: -1 }), 'steps[0].offset: offset must be between 0 and 14400 seconds'],
    [added({ ...REPLACE, loop: 'x' }), 'steps[0].loop: loop must be true or false'],
    [
      added({ ...REPLACE, duk: 12 }),
      /^steps\[0\]\.duk: duk is not a known field: audio has op, mode, input, offset, from, to, volume, original_volume, /,
    ],
    [added({ ...REPLACE, duck: 12 }), 'steps[0].duck: duck is only possible with mode mix'],
    [
      added({ ...REPLACE, original_volume: 1 }),
      'steps[0].original_volume: original_volume is only possible with mode mix',
    ],
    ...[31, -1, 'x', null].map((duck): [unknown, string] => [
      added({ ...MIX, duck }),
      'steps[0].duck: duck must be between 0 and 30 dB, or true for 12',
    ]),
    [added({ ...MIX, original_volume: -1 }), 'steps[0].original_volume: original_volume must be between 0 and 4'],
    [added({ ...MIX, fade_in: -1 }), 'steps[0].fade_in: fade_in must be between 0 and 14400 seconds'],
    [added({ ...MIX, from: 3, to: 3 }), 'steps[0].to: to must be after from, which is 3'],
    [added({ ...MIX, offset: 3, to: 2 }), 'steps[0].offset: offset must be before to, which is 2'],
    [
      added({ ...REPLACE, input: { input: 'b', from: 3, to: 2 } }),
      'steps[0].input.to: to must be after from, which is 3',
    ],
    [
      { ...added(REPLACE), inputs: { ...INPUTS, c: INPUTS.a } },
      'base: the base picture is ambiguous: name an input in base, or join inputs with concat',
    ],
    [
      { ...BASE, watermark: true },
      /^watermark: watermark is not a known field: a job has inputs, base, steps, outputs, output, /,
    ],
    [{ inputs: BASE.inputs }, 'outputs: give outputs, a list of 1 to 4 outputs, or output'],
    [{ ...BASE, output: { format: 'mp4' } }, 'outputs: give outputs, a list of 1 to 4 outputs, or output'],
    [{ ...BASE, outputs: many(5, { format: 'mp4' }) }, 'outputs: outputs must be a list of 1 to 4 outputs'],
    [{ ...BASE, outputs: [] }, 'outputs: outputs must be a list of 1 to 4 outputs'],
    [
      {
        ...BASE,
        outputs: [
          { name: 'a', format: 'mp4' },
          { name: 'a', format: 'jpg' },
        ],
      },
      'outputs[1].name: two outputs have the name a',
    ],
    [
      { ...BASE, outputs: [{ format: 'avi' }] },
      /^outputs\[0\]\.format: format must be one of mp4, mov, .*, hls, dash$/,
    ],
    [
      { ...BASE, outputs: [{ format: 'hls', ladder: ['700p'] }] },
      /^outputs\[0\]\.ladder\[0\]: ladder must be one of 2160p, /,
    ],
    [{ ...BASE, outputs: [{ format: 'hls', ladder: [] }] }, /^outputs\[0\]\.ladder: ladder must be a list of 2160p, /],
    [{ ...BASE, outputs: [{ format: 'dash', ladder: ['240p', '240p'] }] }, /^outputs\[0\]\.ladder: .* twice$/],
    [
      { ...BASE, outputs: [{ format: 'mp4', ladder: ['240p'] }] },
      /^outputs\[0\]\.ladder: ladder is not a field of mp4/,
    ],
    [
      { ...BASE, outputs: [{ format: 'hls', video_codec: 'vp9' }] },
      /^outputs\[0\]\.video_codec: .* not a field of hls/,
    ],
    [
      { ...BASE, outputs: [{ format: 'hls', destination: 's3://b/c' }] },
      /^outputs\[0\]\.destination: destination is not a field of hls, which has name, format, ladder, /,
    ],
    [
      { ...BASE, outputs: [{ format: 'mp4', video_codec: 'copy', quality: 'high' }] },
      /^outputs\[0\]\.quality: quality is not possible with video_codec copy$/,
    ],
    [
      { ...BASE, outputs: [{ format: 'webm', video_codec: 'h264' }] },
      /^outputs\[0\]\.video_codec: .* vp9, copy in webm$/,
    ],
    [{ ...BASE, outputs: [{ format: 'mp3', width: 100 }] }, /^outputs\[0\]\.width: width is not a field of mp3, /],
    [{ ...BASE, outputs: [{ format: 'mp4', at: 1 }] }, /^outputs\[0\]\.at: at is not a field of mp4/],
    [{ ...BASE, outputs: [{ format: 'mp4', width: 101 }] }, /^outputs\[0\]\.width: width must be an even number/],
    [{ ...BASE, outputs: [{ format: 'mp4', width: 8192, height: 8000 }] }, /^outputs\[0\]\.width: width × height/],
    [{ ...BASE, outputs: [{ format: 'mp4', fps: 26 }] }, /^outputs\[0\]\.fps: fps must be one of 23.976, 24, /],
    [{ ...BASE, outputs: [{ format: 'mp4', background: 'red' }] }, /^outputs\[0\]\.background: background must be/],
    [
      { ...BASE, outputs: [{ format: 'mp4', quality: 'high', video_bitrate: '900k' }] },
      'outputs[0].video_bitrate: video_bitrate and quality exclude each other',
    ],
    [{ ...BASE, outputs: [{ format: 'wav', audio_bitrate: '96k' }] }, /not allowed with pcm$/],
    [{ ...BASE, outputs: [{ format: 'mp4', audio_bitrate: '900k' }] }, /^outputs\[0\]\.audio_bitrate: /],
    [{ ...BASE, steps: many(51, { op: 'scale', width: 100 }) }, 'steps: steps must be a list of at most 50 steps'],
    [
      { ...BASE, steps: [{ op: 'paint' }] },
      'steps[0].op: op must be one of concat, trim, scale, audio, text, pip, subtitles',
    ],
    [
      { ...BASE, steps: ['trim'] },
      'steps[0]: a step is an object with op: concat, trim, scale, audio, text, pip, subtitles',
    ],
    [{ ...BASE, steps: [{ op: 'trim' }] }, 'steps[0]: trim needs from or to'],
    [{ ...BASE, steps: [{ op: 'trim', from: 5, to: 5 }] }, 'steps[0].to: to must be after from, which is 5'],
    [{ ...BASE, steps: [{ op: 'scale' }] }, 'steps[0]: scale needs width or height'],
    [
      { ...JOINED, steps: [{ op: 'concat', inputs: ['a'], transition: { type: 'fade', seconds: 1 } }] },
      'steps[0].transition: transition is not a known field: concat has op, inputs',
    ],
    [concat(), 'steps[0].inputs: inputs must be a list of 1 to 500 inputs'],
    [concat(...many(501, 'a')), 'steps[0].inputs: inputs must be a list of 1 to 500 inputs'],
    [concat('a', 'c'), 'steps[0].inputs[1]: there is no input c; the inputs are a, b'],
    [concat('a', { input: 'c', to: 1 }), 'steps[0].inputs[1].input: there is no input c; the inputs are a, b'],
    [concat('a', 5), 'steps[0].inputs[1]: an input is a name or {input, from, to}'],
    [concat('a', { input: 'b', to: -1 }), 'steps[0].inputs[1].to: to must be between 0 and 14400 seconds'],
    [concat('a', { input: 'b', to: 'x' }), 'steps[0].inputs[1].to: to must be between 0 and 14400 seconds'],
    [concat('a', { input: 'b', from: 3, to: 2 }), 'steps[0].inputs[1].to: to must be after from, which is 3'],
    [
      concat('a', { input: 'b', start: 3 }),
      'steps[0].inputs[1].start: start is not a known field: a part of an input has input, from, to',
    ],
    [
      {
        ...JOINED,
        steps: [
          { op: 'trim', to: 5 },
          { op: 'concat', inputs: ['a'] },
        ],
        base: 'a',
      },
      'steps[1].op: concat must be the first step',
    ],
    [JOINED, /^base: the base picture is ambiguous/],
    [{ ...JOINED, base: 'c' }, 'base: there is no input c'],
    [{ ...concat('a'), base: 'b' }, 'base: base must be one of the inputs of the concat'],
    [{ ...BASE, priority: 11 }, 'priority: priority must be a whole number between 1 and 10'],
    [{ ...BASE, expires_in_days: 31 }, 'expires_in_days: expires_in_days must be a whole number between 1 and 30'],
    [{ ...BASE, metadata: { a: 'x'.repeat(9_000) } }, /^metadata: metadata must be an object of at most 8192 bytes/],
    [{ ...BASE, metadata: [] }, /^metadata: metadata must be an object/],
    [{ ...BASE, callback_url: 'ftp://example.org' }, /^callback_url: callback_url must be an https or http URL/],
    [{ ...BASE, on_damage: 'ignore' }, 'on_damage: on_damage must be one of fail, keep'],
  ] satisfies [unknown, string | RegExp][]) {
    it(`refuses ${JSON.stringify(request).slice(0, 100)}: ${expected}`, () => {
      const message = refusal(request);
      if (typeof expected === 'string') assert.equal(message, expected);
      else assert.match(message, expected);
    });
  }

  it('names the single output as the request does', () => {
    assert.match(refusal({ inputs: BASE.inputs, output: { format: 'mp4', at: 1 } }), /^output\.at: /);
  });

  it('refuses a name that reaches prototypes', () => {
    assert.match(refusal({ ...BASE, steps: [{ op: 'concat', inputs: ['constructor'] }] }), /there is no input/);
  });
});
