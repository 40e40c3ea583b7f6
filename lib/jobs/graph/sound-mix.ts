import type { SoundLayer } from '#lib/jobs/plan/planned-mix.ts';
import { ducking } from './ducking.ts';
import { DECLICK_SAMPLES, fade } from './fades.ts';
import { FINISHED_SOUND, PINNED_SOUND } from './sound-chain.ts';

type MixOptions = {
  /** A link, or the start of a chain, with what is heard before the first layer. */
  readonly base: string;
  readonly layers: readonly SoundLayer[];
  /** For each layer the chain of what it adds, from the start of the timeline on. */
  readonly chains: readonly string[];
  readonly samples: number;
  /** The link of the result. */
  readonly result: string;
};

/** A sum above full scale is lowered; what is below passes through it unchanged, at its time. */
const LIMITER = 'alimiter=limit=1:attack=5:release=50:level=0:latency=1';
const SUM = `normalize=0,${PINNED_SOUND}`;

/** Returns the filters that add layers to a sound, one after the other. Its length stays. */
export function soundMix({ base, layers, chains, samples, result }: MixOptions): string[] {
  const filters = [`${base}asettb=1/48000,asetpts=N,${PINNED_SOUND}[m0]`];
  for (const [index, { original, added }] of layers.entries()) {
    const links = linksOf(index);
    if (original === null) filters.push(`${links.before}anull${links.original}`);
    else filters.push(...changed(original, { ...links, samples }));
    if (added === null) filters.push(`${links.original}anull${links.after}`);
    else filters.push(...sum({ ...links, chain: chains[index] ?? '', duck: added.duck }));
  }
  return [...filters, `[m${layers.length}]${LIMITER},${FINISHED_SOUND}${result}`];
}

/** The links of a layer: what was heard before, the same at its new volume, and what is heard after. */
function linksOf(index: number) {
  const name = `m${index}`;
  return { name, before: `[${name}]`, original: `[${name}o]`, after: `[m${index + 1}]` };
}

type Links = ReturnType<typeof linksOf>;
type Changed = Links & { readonly samples: number };

/**
 * Gives a range another volume: what is before it fades out at its start, what is after it fades in at its end, and between
 * both is the sound at the new volume.
 */
function changed(
  { firstSample, samples, volume }: NonNullable<SoundLayer['original']>,
  { name, before, original, samples: all }: Changed,
): string[] {
  const end = firstSample + samples;
  const short = Math.max(1, Math.min(DECLICK_SAMPLES, Math.floor(samples / 2)));
  const parts = [
    ...(volume > 0 ? [volumeFilter(volume)] : []),
    ...(firstSample > 0 ? [`${fade('out', firstSample, short)},${volumeFilter(1 - volume)}`] : []),
    ...(end < all ? [`${fade('in', end - short, short)},${volumeFilter(1 - volume)}`] : []),
  ];
  const [only = volumeFilter(0)] = parts;
  if (parts.length <= 1) return [`${before}${only}${original}`];
  const links = parts.map((_, number) => `[${name}p${number}]`);
  const made = parts.map((_, number) => `[${name}q${number}]`);
  return [
    `${before}asplit=${parts.length}${links.join('')}`,
    ...parts.map((filter, number) => `${links[number]}${filter}${made[number]}`),
    `${made.join('')}amix=inputs=${parts.length}:duration=first:${SUM}${original}`,
  ];
}

function volumeFilter(factor: number): string {
  return `volume=${factor}`;
}

type Sum = Links & { readonly chain: string; readonly duck: number };

/** Adds a sound, which is lowered while a voice was heard before. */
function sum({ name, original, after, chain, duck }: Sum): string[] {
  const add = `amix=inputs=2:duration=first:${SUM}${after}`;
  if (duck === 0) return [`${chain}[${name}a]`, `${original}[${name}a]${add}`];
  const [voice, lowered] = ducking({ sound: `[${name}a]`, voice: `[${name}v]`, key: `[${name}k]` }, duck);
  return [
    `${chain}[${name}a]`,
    `${original}asplit[${name}h][${name}v]`,
    voice,
    `${lowered}[${name}l]`,
    `[${name}h][${name}l]${add}`,
  ];
}
