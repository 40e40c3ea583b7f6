import { type CueCollector, millisecondsOf } from './cue.ts';

/** A line such as `01:02.500 --> 01:04.000 align:start`. Hours may be missing. */
const TIMING =
  /^(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})\.(\d{1,3})\s{0,9}-->\s{0,9}(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})\.(\d{1,3})(?:\s|$)/;
const TAGS = /<[^<>]*>/g;
const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', nbsp: '\u00a0', lrm: '\u200e', rlm: '\u200f' },
};

/** Reads the cues of WebVTT (W3C), without their styles and positions. */
export function parseVtt(lines: readonly string[], { add, skip }: CueCollector): void {
  for (const block of blocksOf(lines)) {
    const at = block.findIndex((line) => line.includes('-->'));
    const times = TIMING.exec(block[at]?.trim() ?? '');
    if (times !== null && at <= 1) {
      const [, h1 = '0', m1 = '', s1 = '', f1 = '', h2 = '0', m2 = '', s2 = '', f2 = ''] = times;
      const text = block
        .slice(at + 1)
        .join('\n')
        .replace(TAGS, '');
      const plain = text.replace(/&(\w{2,4});/g, (entity, name: string) => ENTITIES[name] ?? entity);
      add({ fromMs: millisecondsOf(h1, m1, s1, f1), toMs: millisecondsOf(h2, m2, s2, f2), text: plain });
    } else if (!/^(?:WEBVTT|NOTE|STYLE|REGION|X-TIMESTAMP-MAP)/.test(block[0] ?? '')) for (const _ of block) skip();
  }
}

/** Returns the groups of lines between empty ones. */
function blocksOf(lines: readonly string[]): string[][] {
  const blocks: string[][] = [[]];
  for (const line of lines) {
    const block = blocks.at(-1);
    if (line.trim() !== '') block?.push(line);
    else if (block === undefined || block.length > 0) blocks.push([]);
  }
  return blocks.filter(({ length }) => length > 0);
}
