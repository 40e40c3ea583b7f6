import { largeBodyModule } from '#lib/http/large-body.ts';
import { JOB_SPEC } from '#lib/jobs/spec/spec.ts';

/** Loaded by the thread that reads the bodies of large requests for jobs. */
export const body = largeBodyModule(import.meta.url, JOB_SPEC);
