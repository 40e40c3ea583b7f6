import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../../../', import.meta.url));

/** A fenced block of a page: its language, and the lines between the fences. */
export type Block = { readonly kind: string; readonly text: string };

/** The first line of a program in a page: its name. */
export const PROGRAM_NAME = /^(?:#|\/\/) (\w+\.(?:py|ts))\n/;

export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Returns the fenced blocks of a page, in order. */
export function blocksOf(path: string): Block[] {
  const fences = readPage(path).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  return [...fences].map(([, kind = '', text = '']) => ({ kind, text }));
}

/** Returns the shell blocks of a page, in order. */
export function shellOf(path: string): string[] {
  return blocksOf(path).flatMap(({ kind, text }) => (kind === 'sh' ? [text] : []));
}

/** The file that a block quotes: its first line is a comment such as `// from examples/radio/radio.ts`. */
export function quotedFile({ text }: Block): string | undefined {
  return /^(?:#|\/\/) from (\S+)\n/.exec(text)?.[1];
}

/** Fails unless a block that quotes a file has lines that stand in it as they are. */
export function assertQuoted(block: Block): void {
  const file = quotedFile(block) ?? assert.fail(`the block quotes no file:\n${block.text}`);
  const quote = block.text.slice(block.text.indexOf('\n') + 1);
  assert.ok(readPage(file).includes(quote), `${file} does not have these lines:\n${quote}`);
}
