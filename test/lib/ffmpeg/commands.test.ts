import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#lib/errors.ts';
import { createCommandChannel } from '#lib/ffmpeg/commands.ts';
import { readable, supervise } from '../../support/supervised-ffmpeg.ts';

const TEMPO = { target: 'atempo@speed', command: 'tempo', argument: '1.5' } as const;

function channel() {
  const written: string[] = [];
  return { ...createCommandChannel((text) => void written.push(text)), written };
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AppError && error.code === code;
}

describe('the command channel', () => {
  it('writes a command in ffmpeg’s syntax, and waits for its reply', async () => {
    const { send, read, written } = channel();
    const sent = send(TEMPO);
    assert.deepEqual(written, ['catempo@speed -1 tempo 1.5\n']);
    for (const line of ['Enter command: <target>|all <time>|-1', 'size= 5kB', 'Command reply for stream 0: ret:0 res:'])
      read(line);
    await sent;
  });

  it('assigns each reply to its command', async () => {
    const { send, read } = channel();
    const [first, second] = [send(TEMPO), send({ ...TEMPO, argument: '9' })];
    read('Command reply for stream 0: ret:0 res:');
    read('Command reply for stream 0: ret:-22 res:');
    await first;
    await assert.rejects(second, hasCode('FFMPEG_ERROR'));
  });

  it('rejects pending and later commands when ffmpeg has exited', async () => {
    const { send, close } = channel();
    const refused = { code: 'CONFLICT', details: { state: 'failed' } };
    const waiting = assert.rejects(send(TEMPO), refused);
    close('failed');
    await waiting;
    await assert.rejects(send(TEMPO), refused);
  });

  it('never writes a second line, or a target or command of two words', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\r', '\t', ';') });
    await fc.assert(
      fc.asyncProperty(text, text, text, async (target, command, argument) => {
        const { send, written, read } = channel();
        const sent = send({ target, command, argument });
        read('Command reply for stream 0: ret:0 res:');
        const refused = await sent.then(
          () => false,
          () => true,
        );
        if (refused) assert.deepEqual(written, []);
        else assert.match(written.join(''), /^c\S+ -1 \S+ [^\r\n]+\n$/);
      }),
    );
  });

  it('changes a filter of a running ffmpeg, and reports what it refuses', async () => {
    const source = ['-f', 'lavfi', '-i', 'sine=d=60:r=8000'];
    const args = [...source, '-af', 'atempo@speed=1,arealtime', '-f', 's16le', 'pipe:1'];
    await using ffmpeg = supervise({ args }, { by: 'q' });
    await readable(ffmpeg.output);
    ffmpeg.output.resume();
    await ffmpeg.command(TEMPO);
    await assert.rejects(ffmpeg.command({ ...TEMPO, target: 'nothing@here' }), hasCode('FFMPEG_ERROR'));
    await ffmpeg.command({ ...TEMPO, argument: '0.5' });
    await ffmpeg.kill();
    await assert.rejects(ffmpeg.command(TEMPO), hasCode('CONFLICT'));
  });
});
