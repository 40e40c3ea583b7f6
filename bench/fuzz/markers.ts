/**
 * Stand in a case for what differs from run to run. Each is as long as what it stands for, so that lengths and positions
 * in a request stay what they were when it was made.
 */
export const MARKERS = {
  /** Of the source server. */
  port: 'QPORT',
  /** Of a transcode that plays live. */
  liveId: '00000000-0000-4000-8000-00000000live',
  /** Of a transcode that was there lately. */
  lastId: '00000000-0000-4000-8000-00000000last',
  /** Of an API key that may be revoked. */
  keyId: '000000000000keyy',
  /** Of a key that works. */
  goodKeyId: '000000000000goid',
  /** The key that works. */
  apiKey: `ffk_000000000000good_${'k'.repeat(43)}`,
} as const;

export type MarkerValues = Readonly<Record<keyof typeof MARKERS, string>>;

/** The bytes with every marker replaced. Throws an Error when a value has not the length of its marker. */
export function withoutMarkers(bytes: Buffer, values: MarkerValues): Buffer {
  let text = bytes.toString('latin1');
  for (const [name, marker] of Object.entries(MARKERS)) {
    const value = values[name as keyof MarkerValues];
    if (value.length !== marker.length) throw new Error(`${name} has ${value.length} characters, not ${marker.length}`);
    text = text.replaceAll(marker, value);
  }
  return Buffer.from(text, 'latin1');
}
