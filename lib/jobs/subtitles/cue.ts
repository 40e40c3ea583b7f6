/** A text that is shown for a time. Times are whole milliseconds. */
export type Cue = { readonly fromMs: number; readonly toMs: number; readonly text: string };

/** Most characters of a cue: MP4 has 65,535 bytes for it. */
export const LONGEST_TEXT = 10_000;

/** What a file of subtitles contains. */
export type ParsedCues = {
  /** In the order in which they begin. */
  readonly cues: readonly Cue[];
  /** Lines that belong to no cue, and cues without a length or a text, or with one that is too long. */
  readonly skipped: number;
};

/** Collects the cues of a file. */
export type CueCollector = {
  add(cue: Cue): void;
  skip(): void;
  collected(): ParsedCues;
};

/** Creates a collector. `add` calls `onMore` for a cue that is one too many; it must throw. */
export function collectCues(most: number, onMore: () => never): CueCollector {
  const cues: Cue[] = [];
  let skipped = 0;
  return {
    add({ fromMs, toMs, text }) {
      const plain = plainText(text);
      if (toMs <= fromMs || plain === '' || plain.length > LONGEST_TEXT) skipped += 1;
      else if (cues.push({ fromMs, toMs, text: plain }) > most) onMore();
    },
    skip() {
      skipped += 1;
    },
    // The sort is stable: cues that begin together keep their order.
    collected: () => ({ cues: cues.sort((one, other) => one.fromMs - other.fromMs), skipped }),
  };
}

/** Everything below the space but line feeds, and what no text may contain. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are removed
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f\ufeff\ufffe\uffff]/g;

/** Returns a text without control characters and without empty lines. */
function plainText(text: string): string {
  const lines = text.split('\n').map((line) => line.replaceAll('\t', ' ').replace(CONTROLS, '').trim());
  return lines.filter((line) => line !== '').join('\n');
}

/** Returns the milliseconds of a time in its parts; the fraction is written with one to three digits. */
export function millisecondsOf(hours: string, minutes: string, seconds: string, fraction: string): number {
  return (
    Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000 + Number(fraction.padEnd(3, '0'))
  );
}
