import type { z } from 'zod';
import { toAppError } from '#lib/errors.ts';
import { validate } from '#lib/validation.ts';
import { toFailure } from '#lib/work/record.ts';
import { parseJsonBody } from './json-body.ts';
import type { LargeBodyModule } from './route-entry.ts';

/** Creates the module that a thread loads to read bodies by a schema. `url`: the module's own `import.meta.url`. */
export function largeBodyModule(url: string, schema: z.ZodType): LargeBodyModule {
  return {
    url,
    read(text) {
      try {
        return { kind: 'valid', value: validate(schema, parseJsonBody(text)) };
      } catch (error) {
        return { kind: 'refused', failure: toFailure(toAppError(error)) };
      }
    },
  };
}
