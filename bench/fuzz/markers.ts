/**
 * Placeholders in a case for values that differ between runs. Each is as long as its value, so that lengths and
 * positions in a request stay the same.
 */
export const MARKERS = {
  /** The source server. */
  port: 'QPORT',
  /** The id of a running live transcode. */
  liveId: '00000000-0000-4000-8000-00000000live',
  /** The id of a recent transcode. */
  lastId: '00000000-0000-4000-8000-00000000last',
  /** The id of an API key that may be revoked. */
  keyId: '000000000000keyy',
  /** The id of a valid key. */
  goodKeyId: '000000000000goid',
  /** The valid key. */
  apiKey: `ffk_000000000000good_${'k'.repeat(43)}`,
} as const;

export type MarkerValues = Readonly<Record<keyof typeof MARKERS, string>>;

/** Replaces every marker in the bytes. Throws an Error when a value does not have the length of its marker. */
export function withoutMarkers(bytes: Buffer, values: MarkerValues): Buffer {
  let text = bytes.toString('latin1');
  for (const [name, marker] of Object.entries(MARKERS)) {
    const value = values[name as keyof MarkerValues];
    if (value.length !== marker.length) throw new Error(`${name} has ${value.length} characters, not ${marker.length}`);
    text = text.replaceAll(marker, value);
  }
  return Buffer.from(text, 'latin1');
}
