import { type CueCollector, millisecondsOf } from './cue.ts';

/** A line such as `00:01:02,500 --> 00:01:04,000`, with what players of some formats add. */
const TIMING = /^(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3}) *--> *(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})(?:\s|$)/;
const NUMBER = /^\d+$/;

/** Formatting of players: `<i>`, `</font>`, `{\an8}`. */
const TAGS = /<\/?(?:b|i|u|s|font)(?: [^<>]*)?>|\{\\[^{}]*\}/gi;

/** Reads the cues of SRT. Times and text are enough: numbers and empty lines may be missing. */
export function parseSrt(lines: readonly string[], { add, skip }: CueCollector): void {
  let open: { fromMs: number; toMs: number; text: string[] } | undefined;
  const close = (): void => {
    if (open !== undefined) add({ ...open, text: open.text.join('\n').replace(TAGS, '') });
    open = undefined;
  };
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === '') {
      close();
      continue;
    }
    const times = TIMING.exec(line);
    if (times !== null) {
      close();
      const [, h1 = '', m1 = '', s1 = '', f1 = '', h2 = '', m2 = '', s2 = '', f2 = ''] = times;
      open = { fromMs: millisecondsOf(h1, m1, s1, f1), toMs: millisecondsOf(h2, m2, s2, f2), text: [] };
    } else if (NUMBER.test(line) && TIMING.test(lines[index + 1]?.trim() ?? '')) close();
    else if (open === undefined) skip();
    else open.text.push(line);
  }
  close();
}
