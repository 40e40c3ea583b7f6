import { pipBox } from '#lib/jobs/plan/pip-box.ts';
import type { PlannedPip } from '#lib/jobs/plan/planned-pip.ts';
import { perSecond } from '#lib/jobs/plan/rates.ts';
import { anchoredSeek, decodedInput } from './inputs.ts';
import type { DrawnLayer, DrawOptions } from './layer.ts';
import { gridChain, toneFile } from './picture-chain.ts';
import { pipChain } from './pip-chain.ts';
import { ringMask, shapeMask } from './pip-masks.ts';
import { type PipPart, pipPart } from './pip-part.ts';
import type { StageWrite } from './stage.ts';
import { startsByUse } from './timeline-graph.ts';
import { toneTable } from './tone-table.ts';

/** Draws a picture in the picture. Returns undefined when it is not shown in the window. */
export function drawPip(pip: PlannedPip, options: DrawOptions): DrawnLayer | undefined {
  const part = pipPart(pip, options);
  if (part === undefined || pip.look.opacity === 0) return undefined;
  const { geometries, links, name, first, fps, folder } = options;
  const masks = openMasks(first + 1, { folder, name });
  const pictures = geometries.map((frame, number) => {
    const box = pipBox(pip.look, { picture: pip.picture, frame });
    const [ring, shape] = [ringMask(box), shapeMask(box, pip.look.opacity)];
    const label = `${name}p${number}`;
    return {
      chains: pipChain({
        ...{ pip, part, box, fps, label, source: sourceLink(name, number) },
        ring: ring && masks.open(`${number}-ring`, ring),
        shape: shape && masks.open(`${number}-shape`, shape),
      }),
      end: `${links[number]}[${label}]overlay=${box.x}:${box.y}:format=yuv420:eof_action=pass`,
    };
  });
  return {
    args: [...openedPip(pip, part, options), ...masks.args],
    opened: 1 + masks.writes.length,
    reads: [pip.input],
    writes: [...toneWrites(pip), ...masks.writes],
    filters: [...readFrames(pip, part, options), ...pictures.flatMap(({ chains }) => chains)],
    pictures: pictures.map(({ end }) => end),
  };
}

function sourceLink(name: string, number: number): string {
  return `[${name}s${number}]`;
}

/** Each part of the input is opened by itself: nothing has to be held in between. */
function openedPip(pip: PlannedPip, { start }: PipPart, { files, fps }: DrawOptions): string[] {
  const seek = anchoredSeek(pip, pip.from + start / perSecond(fps));
  return [...seek, ...decodedInput(pip, files.get(pip.input) ?? '')];
}

/** Returns the chains that put its frames on the grid, once for all outputs. */
function readFrames(pip: PlannedPip, { start, read }: PipPart, options: DrawOptions): string[] {
  const { geometries, name, first, fps, folder } = options;
  const part = `trim=start_frame=${start}:end_frame=${start + read}`;
  const grid = gridChain({ picture: pip.picture, fps, offset: pip.from.toFixed(6), folder, part });
  const ends = geometries.map((_, number) => sourceLink(name, number));
  return [
    `[${first}:${pip.picture.stream}]${grid},split=${ends.length}${ends.join('')}`,
    ...(startsByUse(pip) ? [`[${first}:${pip.sound}]anullsink`] : []),
  ];
}

function toneWrites({ picture: { light } }: PlannedPip): StageWrite[] {
  return light === 'sdr' ? [] : [{ name: toneFile(light), text: toneTable(light) }];
}

type MaskFiles = { readonly folder: string; readonly name: string };

/** Opens masks, of which each is one frame. `first`: the number of the first among all files that ffmpeg opens. */
function openMasks(first: number, { folder, name }: MaskFiles) {
  const args: string[] = [];
  const writes: StageWrite[] = [];
  return {
    args,
    writes,
    /** Returns the link of the mask. */
    open(kind: string, pgm: Uint8Array): string {
      const file = `${name}-${kind}.pgm`;
      writes.push({ name: file, text: pgm });
      args.push('-protocol_whitelist', 'file', '-f', 'pgm_pipe', '-i', `file:${folder}/${file}`);
      return `[${first + writes.length - 1}:0]`;
    },
  };
}
