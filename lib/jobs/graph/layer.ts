import type { Geometry } from '#lib/jobs/plan/job-plan.ts';
import type { PlannedLayer } from '#lib/jobs/plan/planned-layers.ts';
import type { FrameRate } from '#lib/jobs/spec/vocabulary.ts';
import type { StageWrite } from './stage.ts';

/** Where layers are drawn: a window of the timeline, in some geometries. */
export type LayerWindow = {
  readonly geometries: readonly Geometry[];
  readonly fps: FrameRate;
  readonly firstFrame: number;
  readonly frames: number;
  /** Input → path. */
  readonly files: ReadonlyMap<string, string>;
  readonly folder: string;
};

export type DrawOptions = LayerWindow & {
  /** Distinguishes links and files from those of other layers. */
  readonly name: string;
  /** The link of the picture in each geometry. Its PTS are the frames of the timeline. */
  readonly links: readonly string[];
  /** Number of the first file that it opens, among all that ffmpeg opens. */
  readonly first: number;
};

/** A layer that is drawn. */
export type DrawnLayer = {
  /** Input options of ffmpeg, the number of files, and the names of the inputs. */
  readonly args: readonly string[];
  readonly opened: number;
  readonly reads: readonly string[];
  /** Files that it needs in the folder. */
  readonly writes: readonly StageWrite[];
  /** Chains of the graph that end in no link. Each may need others. */
  readonly filters: readonly string[];
  /** Start of the chain, from links on, that ends in the picture of each geometry with the layer. */
  readonly pictures: readonly string[];
};

/** Returns undefined for a layer that is not shown in the window. */
export type Draw<Layer extends PlannedLayer> = (layer: Layer, options: DrawOptions) => DrawnLayer | undefined;
