import { mp4Box } from './mp4-boxes.ts';
import { soundConfig } from './mp4-sound.ts';

/** Offset of the boxes in a visual sample entry (ISO/IEC 14496-12, 12.1.3). */
const VISUAL_ENTRY_BYTES = 78;
/** Version and flags, and the number of entries. */
const ENTRIES_AT = 8;

/**
 * Returns the codec of the first track as players name it (RFC 6381), such as `avc1.64001f` or `mp4a.40.2`. `moov`: the
 * content of that box. Returns undefined for other codecs than H.264 and AAC.
 */
export function mp4Codec(moov: Buffer): string | undefined {
  const entries = mp4Box(moov, 'trak', 'mdia', 'minf', 'stbl', 'stsd');
  if (entries === undefined) return undefined;
  const picture = mp4Box(entries.subarray(ENTRIES_AT), 'avc1');
  const config = picture === undefined ? undefined : mp4Box(picture.subarray(VISUAL_ENTRY_BYTES), 'avcC');
  // Profile, compatibility and level follow the version (ISO/IEC 14496-15, 5.3.3.1).
  if (config !== undefined && config.length >= 4) return `avc1.${config.toString('hex', 1, 4)}`;
  const sound = soundConfig(entries);
  // The first five bits are the type of object (ISO/IEC 14496-3, 1.6.2.1).
  return sound === undefined ? undefined : `mp4a.40.${sound >> 11}`;
}
