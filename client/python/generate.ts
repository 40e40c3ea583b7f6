import { readFileSync, writeFileSync } from 'node:fs';
import { builderData } from './generated.ts';

/** The Python module. */
export const MODULE = new URL('ffmpeg_functions/__init__.py', import.meta.url);

const BEGIN = '# --- Generated from the TypeScript builders by client/python/generate.ts: do not edit ---\n';
const END = '# --- End of what is generated ---\n';

/** The module's text with the data of the builders as they are now. Throws an Error when it has no place for them. */
export function withBuilderData(text: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('the module has no place for generated data');
  return text.slice(0, begin + BEGIN.length) + assignments() + text.slice(end);
}

function assignments(): string {
  return Object.entries(builderData())
    .map(([name, value]) => `${name}: Any = ${literal(value, 0)}\n`)
    .join('');
}

const WIDEST = 110;

/** A value as Python writes it: on one line where it fits, else an entry a line. */
function literal(value: unknown, depth: number): string {
  const short = flat(value);
  if (typeof value !== 'object' || value === null || short.length + depth * 4 < WIDEST) return short;
  const pad = '    '.repeat(depth + 1);
  if (isWords(value)) return `(\n${linesOf(value).join(`\n`).replace(/^/gm, pad)}\n${'    '.repeat(depth)}).split()`;
  const isList = Array.isArray(value);
  const entries = isList
    ? value.map((entry) => literal(entry, depth + 1))
    : Object.entries(value).map(([key, entry]) => `${flat(keyOf(key))}: ${literal(entry, depth + 1)}`);
  const [open, close] = isList ? ['(', ')'] : ['{', '}'];
  return `${open}\n${entries.map((entry) => `${pad}${entry},\n`).join('')}${'    '.repeat(depth)}${close}`;
}

function flat(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `(${value.map((entry) => `${flat(entry)},`).join(' ')})`;
  return `{${Object.entries(value)
    .map(([key, entry]) => `${flat(keyOf(key))}: ${flat(entry)}`)
    .join(', ')}}`;
}

function isWords(value: object): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string' && /^\S+$/.test(entry));
}

/** String literals that make up the words with blanks between them. */
function linesOf(words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line.length + word.length > WIDEST && line !== '') {
      lines.push(line);
      line = '';
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].map((text) => JSON.stringify(text));
}

/** Rates are keys, too. */
function keyOf(key: string): string | number {
  return /^\d+$/.test(key) ? Number(key) : key;
}

if (import.meta.main) writeFileSync(MODULE, withBuilderData(readFileSync(MODULE, 'utf8')));
