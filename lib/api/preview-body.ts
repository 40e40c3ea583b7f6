import { largeBodyModule } from '#lib/http/large-body.ts';
import { PREVIEW_SPEC } from '#lib/jobs/spec/preview-spec.ts';

/** Loaded by the thread that reads the bodies of large requests for previews. */
export const body = largeBodyModule(import.meta.url, PREVIEW_SPEC);
