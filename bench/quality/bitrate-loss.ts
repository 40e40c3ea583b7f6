import { type Judgement, MEASURES, type Measure } from './judgement.ts';

type Judged = Pick<Judgement, Measure | 'bitrate'>;

/**
 * Returns an encoder's loss in bitrate: for each measure the share by which its bitrate exceeds that of the reference
 * encoder at the same quality. 0.02 means 2 % more bits. `ladder` is the reference at several bitrates, which shows how
 * many dB a doubled bitrate gains.
 */
export function bitrateLoss(
  judged: Judged,
  reference: Judged,
  ladder: readonly Judged[],
): Readonly<Record<Measure, number>> {
  const losses = MEASURES.map((measure) => {
    const doublings = (judged[measure] - reference[measure]) / decibelsOfDoubling(ladder, measure);
    return [measure, judged.bitrate / (reference.bitrate * 2 ** doublings) - 1];
  });
  return Object.fromEntries(losses) as Record<Measure, number>;
}

/** Returns the slope of the line through all steps, by least squares. */
function decibelsOfDoubling(ladder: readonly Judged[], measure: Measure): number {
  const points = ladder.map((step) => ({ x: Math.log2(step.bitrate), y: step[measure] }));
  const mean = (of: (point: (typeof points)[number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  return mean((point) => (point.x - x) * (point.y - y)) / mean((point) => (point.x - x) ** 2);
}
