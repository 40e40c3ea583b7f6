import type { PipBox } from '#lib/jobs/plan/pip-box.ts';
import type { PlannedPip } from '#lib/jobs/plan/planned-pip.ts';
import { scaledSize } from '#lib/jobs/plan/sizes.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import { EXACT, fitted } from './picture-chain.ts';
import { yuvOf } from './pip-masks.ts';
import type { PipPart } from './pip-part.ts';

export type PipChainOptions = {
  readonly pip: PlannedPip;
  readonly part: PipPart;
  readonly box: PipBox;
  readonly fps: FrameRate;
  /** The link of the frames that are read, on the grid of the timeline. */
  readonly source: string;
  /** The links of the masks: that of the border and that of the whole; null where none is needed. */
  readonly ring: string | null;
  readonly shape: string | null;
  /** Names the link that the chain ends in. Links in between begin with it. */
  readonly label: string;
};

/** Returns the chains that give a picture its size and look in one output, and its place on the timeline. */
export function pipChain(options: PipChainOptions): string[] {
  const { pip, part, box, fps, source, ring, shape, label } = options;
  const link = (name: string): string => `[${label}${name}]`;
  const isTransparent = pip.picture.hasAlpha && pip.picture.light === 'sdr';
  const pixels = isTransparent ? 'format=yuva420p' : 'format=yuv420p';
  const chains: string[] = [];
  let end = `${source}${sized(pip, box, { isTransparent, label })},setsar=1,${pixels}`;
  /** Ends the chain so far in a link. */
  function into(name: string): string {
    chains.push(`${end}${link(name)}`);
    return link(name);
  }
  if (box.inset > 0) end += `,pad=${box.width}:${box.height}:${box.inset}:${box.inset}:color=black@0`;
  if (ring !== null) {
    const [y, u, v] = yuvOf(pip.look.border?.color ?? '');
    chains.push(
      `${ring}split${link('r0')}${link('r1')}`,
      `${link('r0')}format=yuva420p,lutyuv=y=${y}:u=${u}:v=${v}${link('r2')}`,
      `${link('r2')}${link('r1')}alphamerge${link('r')}`,
    );
    end = `${into('in')}${link('r')}overlay=0:0:format=yuv420,${pixels}`;
  }
  if (shape !== null && isTransparent) {
    chains.push(
      `${into('all')}split${link('a0')}${link('a1')}`,
      `${link('a1')}alphaextract${link('a2')}`,
      `${link('a2')}${shape}blend=all_mode=multiply${link('a')}`,
    );
    end = `${link('a0')}${link('a')}alphamerge`;
  } else if (shape !== null) {
    end += ',format=yuva420p';
    end = `${into('all')}${shape}alphamerge`;
  }
  const clock = [`settb=${fps.den}/${fps.num}`, `setpts=N+${part.firstFrame}`];
  const finished = [end, 'format=yuva420p', ...length(pip, part), ...clock].join(',');
  chains.push(`${finished}[${label}]`);
  return chains;
}

type SizedOptions = { readonly isTransparent: boolean; readonly label: string };

/** Returns the filters that bring the picture to its size inside the border. */
function sized({ picture }: PlannedPip, box: PipBox, { isTransparent, label }: SizedOptions): string {
  const inside = { width: box.width - 2 * box.inset, height: box.height - 2 * box.inset };
  const frame = { ...inside, fit: box.isFilled ? 'cover' : 'stretch', background: '' } as const;
  if (!isTransparent) return fitted(picture, frame, label);
  const { width, height } = scaledSize(picture, frame);
  return [
    `scale=${width}:${height}:${EXACT}`,
    'format=gbrap',
    ...(box.isFilled ? [`crop=${inside.width}:${inside.height}`] : []),
    'unpremultiply=inplace=1',
    `scale=${EXACT}:out_color_matrix=bt709:out_range=tv`,
  ].join(',');
}

/** Returns the filters that leave the frames that are shown. What is repeated is finished before: it costs nothing. */
function length({ frames, isLooped }: PlannedPip, { skipped, shown }: PipPart): string[] {
  const padded = `tpad=stop_mode=clone:stop=${isLooped ? frames : skipped + shown}`;
  const repeated = isLooped ? [`trim=end_frame=${frames}`, `loop=loop=-1:size=${frames}`] : [];
  return [padded, ...repeated, `trim=start_frame=${skipped}:end_frame=${skipped + shown}`];
}
