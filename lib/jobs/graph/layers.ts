import type { PlannedLayer } from '#lib/jobs/plan/planned-layers.ts';
import type { Draw, DrawnLayer, LayerWindow } from './layer.ts';
import { drawPip } from './pip-layer.ts';
import type { StageWrite } from './stage.ts';
import { drawText } from './text-layer.ts';
import type { TimelineGraph } from './timeline-graph.ts';

const DRAW: { readonly [Kind in PlannedLayer['kind']]: Draw<Extract<PlannedLayer, { kind: Kind }>> } = {
  text: drawText,
  pip: drawPip,
};

/** A graph with layers over its pictures, and what they need. */
export type LayeredGraph = TimelineGraph & Pick<DrawnLayer, 'reads' | 'writes'>;

/** Draws layers over the pictures of a window, one after the other. Those that are not shown in it are left out. */
export function withLayers(graph: TimelineGraph, layers: readonly PlannedLayer[], window: LayerWindow): LayeredGraph {
  const inputs = [...graph.inputs];
  const filters = [...graph.filters];
  const reads: string[] = [];
  const writes: StageWrite[] = [];
  let [pictures, opened] = [graph.pictures, graph.opened];
  for (const [number, layer] of layers.entries()) {
    const options = { ...window, name: `layer${number}`, links: pictures, first: opened };
    const drawn = (DRAW[layer.kind] as Draw<PlannedLayer>)(layer, options);
    if (drawn === undefined) continue;
    pictures = drawn.pictures.map((_, index) => `[layer${number}g${index}]`);
    inputs.push(...drawn.args);
    opened += drawn.opened;
    filters.push(...drawn.filters, ...drawn.pictures.map((chain, index) => `${chain},${PIXELS}${pictures[index]}`));
    reads.push(...drawn.reads);
    writes.push(...drawn.writes);
  }
  return { ...graph, inputs, opened, filters, pictures, reads, writes };
}

/** What every layer leaves, so that a window has the frames of the whole. */
const PIXELS = 'format=yuv420p';
