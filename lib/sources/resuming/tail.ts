import type { RecoveryOptions } from './recovery.ts';
import { judgeResumption, resumeHeaders } from './resume-plan.ts';

export type TailOptions = Pick<RecoveryOptions, 'validators' | 'reopen'>;

/**
 * Returns the last `bytes` bytes of a source, with a separate request. Undefined when the source is no longer than
 * that, does not declare its length, does not support ranges, or has changed. Throws as `reopen` does, and errors of
 * the body.
 */
export async function readTail(bytes: number, { validators, reopen }: TailOptions): Promise<Buffer | undefined> {
  const { size } = validators;
  if (size === undefined || size <= bytes) return undefined;
  const position = size - bytes;
  const response = await reopen(resumeHeaders(validators, position));
  const body = response.body.on('error', () => {});
  try {
    if (response.status !== 206 || judgeResumption(validators, position, response).kind === 'changed') return undefined;
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > bytes) break;
    }
    return length === bytes ? Buffer.concat(chunks) : undefined;
  } finally {
    body.destroy();
  }
}
