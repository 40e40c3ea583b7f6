/** Whether the client names HTML and prefers it to JSON, as browsers do when they open a page (RFC 9110, 12.5.1). */
export function prefersHtml(accept: string | undefined): boolean {
  const weights = weightsOf(accept);
  const html = weights.get('text/html') ?? 0;
  const json = weights.get('application/json') ?? weights.get('application/*') ?? weights.get('*/*') ?? 0;
  return html > json;
}

/** The first of these content codings that the client takes; undefined where it takes none of them (RFC 9110, 12.5.3). */
export function acceptedCoding<Coding extends string>(
  acceptEncoding: string | undefined,
  codings: readonly Coding[],
): Coding | undefined {
  const weights = weightsOf(acceptEncoding);
  return codings.find((coding) => (weights.get(coding) ?? weights.get('*') ?? 0) > 0);
}

/** Entries of a header that are read: browsers send about ten. */
const MOST_ENTRIES = 50;

/** Name → weight; 1 where none is written. */
function weightsOf(header = ''): Map<string, number> {
  const entries = header.split(',', MOST_ENTRIES).map((entry): [string, number] => {
    const [name = '', ...parameters] = entry.split(';', MOST_ENTRIES).map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    return [name, weight === undefined ? 1 : Number(weight.slice(2)) || 0];
  });
  return new Map(entries);
}
