import { extname } from 'node:path';
import type { JobRequest } from '../../service/job-request.ts';
import type { MediaPart } from '../arguments/media-part.ts';
import type { NamedInputs } from './named-inputs.ts';

/** Endings of still pictures. A GIF may be a film. */
const STILL: ReadonlySet<string> = new Set(['.png', '.jpg', '.jpeg', '.webp']);

/**
 * Returns the inputs of a concat. A still picture whose end is given is shown until then, since it has no length of its own:
 * without it, the service ends it after 5 seconds.
 */
export function withStills(parts: readonly MediaPart[], { inputs, nameOf }: NamedInputs): JobRequest['inputs'] {
  const result: Record<string, JobRequest['inputs'][string]> = { ...inputs };
  for (const { source } of parts) {
    const ends = parts.flatMap((part) => (part.source === source && part.to !== undefined ? [part.to] : []));
    const url = inputs[nameOf(source)];
    if (url === undefined || ends.length === 0 || !STILL.has(endingOf(source))) continue;
    result[nameOf(source)] = { url, seconds: Math.max(...ends) };
  }
  return result;
}

function endingOf(source: string): string {
  return extname(source.replace(/[?#].*/, '')).toLowerCase();
}
