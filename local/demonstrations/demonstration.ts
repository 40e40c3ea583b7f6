import { fileURLToPath } from 'node:url';
import type { Client } from '../../client/published.ts';
import type { System } from '../system.ts';

/** Something that the demo shows. */
export type Demonstration = {
  /** Throws an error for people when it cannot be shown. */
  check(): Promise<void>;
  show(stage: Stage): Promise<void>;
  /** What to try next. */
  readonly next: string;
};

/** The running system, and where to print. */
export type Stage = {
  readonly system: System;
  readonly client: Client;
  readonly dataDir: string;
  readonly say: (line: string) => void;
};

export const OUTPUT_FOLDER = fileURLToPath(new URL('../../out/', import.meta.url));

/** The text as one word of a shell. */
export function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
