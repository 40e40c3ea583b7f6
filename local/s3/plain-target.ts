import S3Error from '@20minutes/s3rver/lib/models/error.js';

/**
 * Throws an S3Error unless every segment of the path means itself: s3rver makes paths of files from it. Segments must
 * not be `.`, `..` or empty, and must hold no encoded slash, backslash or control character.
 */
export function requirePlainTarget(target: string): void {
  const [path = ''] = target.split('?');
  const segments = path.split('/').slice(1);
  const isPlain =
    path.startsWith('/') &&
    !/[\\#]|%2f|%5c/i.test(path) &&
    segments.every((segment, index) => isPlainSegment(segment, index === segments.length - 1));
  if (!isPlain) throw new S3Error('InvalidURI', 'The path must be a bucket and a key without dot segments.');
}

function isPlainSegment(segment: string, isLast: boolean): boolean {
  if (segment === '') return isLast;
  try {
    const text = decodeURIComponent(segment);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
    return text !== '.' && text !== '..' && !/[\u0000-\u001f\u007f]/.test(text);
  } catch {
    return false;
  }
}
