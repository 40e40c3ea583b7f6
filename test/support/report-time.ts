import { appendFileSync, readFileSync } from 'node:fs';

/** With `node --import`: appends the time of the process and its children to the file TEST_TIMES when it exits. */
const CLOCK_TICKS_PER_SECOND = 100;
/** Fields 14 to 17 of /proc/self/stat, counted after the name: user and system time, own and of awaited children. */
const TIMES_AT = 11;

const target = process.env['TEST_TIMES'];
// Child processes report nothing: their time is counted here.
delete process.env['TEST_TIMES'];
if (target !== undefined) process.once('exit', () => appendFileSync(target, `${JSON.stringify(measured())}\n`));

function measured(): {
  readonly file: string;
  readonly startedAt: number;
  readonly wall: number;
  readonly cpu: number;
} {
  const [, fields = ''] = /\) (.*)/.exec(readFileSync('/proc/self/stat', 'latin1')) ?? [];
  const times = fields.split(' ').slice(TIMES_AT, TIMES_AT + 4);
  const ticks = times.reduce((sum, time) => sum + Number(time), 0);
  return {
    file: process.argv[1] ?? '',
    startedAt: performance.timeOrigin,
    wall: performance.now() / 1_000,
    cpu: ticks / CLOCK_TICKS_PER_SECOND,
  };
}
