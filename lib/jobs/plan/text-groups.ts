import { AppError } from '#lib/errors.ts';
import type { AssScript, PlannedText, TextItem, TextLine } from './planned-layers.ts';
import { type Floating, type Stacked, stacked } from './stacking.ts';

/** What one step draws. */
export type TextStep = {
  /** The head of a file of ASS; null without one. */
  readonly script: AssScript | null;
  /** What has its own place, or keeps it while it moves. */
  readonly fixed: readonly Omit<TextLine, 'isShown' | 'depth'>[];
  /** What makes room for others. */
  readonly floating: readonly Floating<TextItem>[];
};

type Group = {
  readonly script: AssScript | null;
  readonly below: TextStep['fixed'][number][];
  readonly floating: Floating<TextItem>[];
  readonly above: TextStep['fixed'][number][];
};

export type TextGroups = {
  /** Adds a step. Returns the layer that it does not fit into any more, if there was one. */
  add(step: TextStep): PlannedText[];
  /** Ends the layer that has begun, if there is one: what follows lies over it. */
  close(): PlannedText[];
};

/** Most characters of all lines of a layer: those that are shown with others are written several times. */
const MOST_CHARACTERS = 20_000_000;

/**
 * Collects steps in layers. A layer has, from below: texts with a place of their own, those that make room for each other,
 * and texts with a place. So later steps lie over earlier ones. Texts make room for those of earlier layers, too.
 */
export function createTextGroups(): TextGroups {
  let group: Group | undefined;
  let kept: Stacked<TextItem>[] = [];
  let lastScript: AssScript | null = null;

  function close(): PlannedText[] {
    if (group === undefined) return [];
    const { script, below, floating, above } = group;
    group = undefined;
    const before = script === null ? kept : kept.filter(({ item }) => item.kind === 'written');
    const placed = stacked(floating, before);
    refuseMany(placed);
    const own = new Set(floating.map(({ item }) => item));
    kept = [...kept, ...placed.filter(({ item }) => own.has(item))];
    lastScript = script ?? lastScript;
    const lines = [
      ...below.map((line, depth) => ({ ...line, isShown: true, depth })),
      ...placed.map((line) => ({ ...line, depth: below.length })),
      ...above.map((line, index) => ({ ...line, isShown: true, depth: below.length + 1 + index })),
    ];
    const isScripted = lines.some(({ item }) => item.kind === 'scripted');
    return lines.length === 0 ? [] : [{ kind: 'text', script: script ?? (isScripted ? lastScript : null), lines }];
  }

  return {
    add({ script, fixed, floating }) {
      const isOver = group !== undefined && (script !== null || (floating.length > 0 && group.above.length > 0));
      const closed = isOver ? close() : [];
      group ??= { script, below: [], floating: [], above: [] };
      const under = group.floating.length === 0;
      (under ? group.below : group.above).push(...fixed);
      group.floating.push(...floating);
      return closed;
    },
    close,
  };
}

function refuseMany(lines: readonly Stacked<TextItem>[]): void {
  const characters = lines.reduce((sum, { item }) => sum + item.text.length, 0);
  if (characters <= MOST_CHARACTERS) return;
  const details = { limit: 'subtitle_characters', value: characters, max: MOST_CHARACTERS, phase: 'probing' };
  throw new AppError('LIMIT_EXCEEDED', details, { message: 'too many texts and subtitles are shown at once' });
}
