import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { AppError } from '#lib/errors.ts';
import { FORMATS } from '#lib/jobs/spec/vocabulary.ts';
import { chosenAction } from '../../../client/cli/arguments/actions.ts';
import { type Command, parse } from '../../../client/cli/arguments/command.ts';
import { jobFormat } from '../../../client/cli/arguments/job-format.ts';
import { mediaPart, wholeMedia } from '../../../client/cli/arguments/media-part.ts';
import { namedInputs } from '../../../client/cli/source/named-inputs.ts';
import { withStills } from '../../../client/cli/source/still-pictures.ts';

const nothing = () => false;
const USAGE = { exit: 'usage' } as const;

describe('a part of a file', () => {
  it('has times after #t=, of which one may be missing', () => {
    for (const [argument, part] of [
      ['a.mp4', { source: 'a.mp4' }],
      ['a.mp4#t=10,20', { source: 'a.mp4', from: 10, to: 20 }],
      ['a.mp4#t=1:30,1:02:03.5', { source: 'a.mp4', from: 90, to: 3_723.5 }],
      ['a.mp4#t=npt:2', { source: 'a.mp4', from: 2 }],
      ['a.mp4#t=,2.5', { source: 'a.mp4', to: 2.5 }],
      ['https://example.org/a.mp4?b=1#t=1,2', { source: 'https://example.org/a.mp4?b=1', from: 1, to: 2 }],
      ['a#b.mp4', { source: 'a#b.mp4' }],
      ['#t=1', { source: '#t=1' }],
    ] as const) {
      assert.deepEqual(mediaPart(argument, nothing), part, argument);
    }
  });

  it('is not read into the name of a file that exists', () => {
    assert.deepEqual(
      mediaPart('a.mp4#t=1', (name) => name === 'a.mp4#t=1'),
      { source: 'a.mp4#t=1' },
    );
  });

  it('is refused when it is no time', () => {
    for (const time of ['', ',', '1m', '1,', '-1', '1,2,3', '1:2:3:4', ',x']) {
      assert.throws(() => mediaPart(`a.mp4#t=${time}`, nothing), { ...USAGE, message: /as #t=10,20/ }, time);
    }
  });

  it('is refused where only a whole file can be', () => {
    assert.equal(wholeMedia('a.mp4', nothing), 'a.mp4');
    assert.throws(() => wholeMedia('a.mp4#t=1', nothing), { ...USAGE, message: /only whole files can stand there/ });
  });
});

describe('the format of a file', () => {
  it('is that of its name, or the one that is named', () => {
    for (const [output, named, format] of [
      ['film.mp4', undefined, 'mp4'],
      ['a.b/FILM.WEBM', undefined, 'webm'],
      ['film.m4v', undefined, 'mp4'],
      ['-', 'mkv', 'mkv'],
      [undefined, 'MP3', 'mp3'],
    ] as const) {
      assert.equal(jobFormat({ output, named }, ['film', 'sound']), format);
    }
    assert.equal(jobFormat({ output: 'a.JPEG', named: undefined }, ['picture']), 'jpg');
    for (const format of Object.keys(FORMATS) as (keyof typeof FORMATS)[]) {
      const { kind } = FORMATS[format];
      assert.equal(jobFormat({ output: `a.${format}`, named: undefined }, [kind]), format);
    }
  });

  it('must be one that the action makes: the error lists them', () => {
    const picture = (output: string | undefined, named?: string) => () => jobFormat({ output, named }, ['picture']);
    assert.throws(picture('a.mp4'), { ...USAGE, message: /no format known for "a.mp4": the endings are jpg, png/ });
    assert.throws(picture('a'), { ...USAGE, message: /no format known for "a": the endings are jpg, png/ });
    assert.throws(picture('-'), { ...USAGE, message: /standard output needs --format: jpg, png/ });
    assert.throws(picture('a.jpg', 'gif'), { ...USAGE, message: '--format takes jpg, png, not "gif"' });
    assert.throws(picture(undefined), { ...USAGE, message: '-o OUTPUT is missing' });
  });
});

describe('the inputs of arguments', () => {
  const inputs = namedInputs(
    ['a.mp4', 'https://example.org/b.mp4?X-Amz-Signature=5ec2e7', 'a.mp4'],
    ['a.mp4#t=1', 'https://example.org/b.mp4?X-Amz-Signature=5ec2e7#t=2', 'a.mp4'],
  );

  it('have one name for one source, and the path of a file', () => {
    const url = 'https://example.org/b.mp4?X-Amz-Signature=5ec2e7';
    assert.deepEqual(inputs.inputs, { 'input-1': resolve('a.mp4'), 'input-2': url });
    assert.equal(inputs.nameOf(url), 'input-2');
    assert.deepEqual(namedInputs(['file:///tmp/a%20b.mp4']).inputs, { 'input-1': '/tmp/a b.mp4' });
  });

  it('are named in messages by what was typed, without the query of a URL', () => {
    for (const [text, words] of [
      ['inputs.input-1: it is text', 'a.mp4: it is text'],
      ['input input-2: status 404', 'https://example.org/b.mp4?…: status 404'],
      ['the end of inputs.input-1 at 4 s', 'the end of a.mp4 at 4 s'],
      ['steps[0].inputs[0].to is 9, after it', 'a.mp4#t=1: to is 9, after it'],
      ['steps[0].inputs[1] is too short', 'https://example.org/b.mp4?…#t=2 is too short'],
      ['steps[0].inputs[7] and input-9', 'steps[0].inputs[7] and input-9'],
    ] as const) {
      assert.equal(inputs.inWords(text), words);
    }
  });

  it('are named once in an error about one of them', () => {
    const error = (message: string, details: object) =>
      inputs.named(new AppError('VALIDATION_ERROR', { ...details }, { message }));
    assert.equal(error('from is 9', { input: 'input-1' }).message, 'a.mp4: from is 9');
    assert.equal(error('inputs.input-1: no', { input: 'input-1' }).message, 'a.mp4: no');
    assert.equal(error('width must be even', { field: 'output.width' }).message, 'width must be even');
    const { code, details, recoverable } = error('from is 9', { input: 'input-1' });
    assert.deepEqual([code, details, recoverable], ['VALIDATION_ERROR', { input: 'input-1' }, false]);
  });

  it('show a still picture until its end, which a film has by itself', () => {
    const shown = (...parts: { source: string; to?: number }[]) =>
      withStills(parts, namedInputs(parts.map(({ source }) => source)));
    const url = 'https://example.org/Logo.PNG?v=2';
    assert.deepEqual(shown({ source: url, to: 3 }, { source: url, to: 8 }), { 'input-1': { url, seconds: 8 } });
    assert.deepEqual(shown({ source: url }), { 'input-1': url });
    assert.deepEqual(shown({ source: 's3://b/a.gif', to: 8 }), { 'input-1': 's3://b/a.gif' });
  });
});

describe('an action of a group', () => {
  const action = (options: Command['options'] = {}): Command => ({
    ...{ usage: '', help: '', examples: [], takes: [0, 9], options },
    run: async () => undefined,
  });
  const actions = { list: action({ limit: { type: 'string', help: '' } }), show: action() };
  const chosen = (...args: string[]) => chosenAction('job', { help: '', examples: [], actions }, args);

  it('may stand after options and their values', () => {
    const found = chosen('--limit', 'show', '--json', 'list', 'show') ?? assert.fail();
    assert.deepEqual([found.name, found.args], ['job list', ['--limit', 'show', '--json', 'show']]);
    assert.equal(found.command, actions.list);
  });

  it('is missing only when the help of the group is wanted', () => {
    assert.equal(chosen('--help'), undefined);
    assert.equal(chosen('show', '--help')?.name, 'job show');
    assert.throws(() => chosen('--json'), { ...USAGE, message: /no action given/ });
    assert.throws(() => chosen('toString'), { ...USAGE, message: /unknown action "toString"/ });
  });

  it('has no options of the others', () => {
    assert.throws(() => parse(actions.show, ['--limit', '1']), { ...USAGE, message: /Unknown option '--limit'/ });
  });

  it('refuses an option that may stand once and is given twice', () => {
    const once = action({ output: { type: 'string', short: 'o', once: true, help: '' } });
    assert.equal(parse(once, ['-o', 'a']).values['output'], 'a');
    assert.throws(() => parse(once, ['-o', 'a', '--output=b']), { ...USAGE, message: '--output is given twice' });
  });
});
