import type { Cue } from './cue.ts';

/** Invisible: a reader then sees no tag in a text that happens to look like one. */
const JOINER = '\u2060';

/** Returns a file of SRT. A text keeps its characters; what a player would take as formatting gets a word joiner. */
export function writeSrt(cues: readonly Cue[]): string {
  return cues
    .map(({ fromMs, toMs, text }, index) => `${index + 1}\n${timing(fromMs, toMs, ',')}\n${inert(text)}\n\n`)
    .join('');
}

/** Returns a file of WebVTT. */
export function writeVtt(cues: readonly Cue[]): string {
  const blocks = cues.map(({ fromMs, toMs, text }) => `${timing(fromMs, toMs, '.')}\n${escaped(text)}\n\n`);
  return `WEBVTT\n\n${blocks.join('')}`;
}

function inert(text: string): string {
  return text
    .replace(/<(?=[/a-z])/gi, `<${JOINER}`)
    .replaceAll('{\\', `{${JOINER}\\`)
    .replace(/\\(?=[a-z])/gi, `\\${JOINER}`)
    .replaceAll('-->', `--${JOINER}>`);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function timing(fromMs: number, toMs: number, point: ',' | '.'): string {
  return `${shown(fromMs, point)} --> ${shown(toMs, point)}`;
}

function shown(ms: number, point: string): string {
  const parts = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1_000) % 60];
  return `${parts.map((part) => String(part).padStart(2, '0')).join(':')}${point}${String(ms % 1_000).padStart(3, '0')}`;
}
