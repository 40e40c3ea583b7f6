import assert from 'node:assert/strict';

/** The contents of an Ogg/Opus file (RFC 3533, RFC 7845). */
export type OggOpus = {
  /** From the identification header. */
  readonly channels: number;
  readonly inputRate: number;
  /** The audio packets. */
  readonly packets: readonly Buffer[];
  /** The number of audible samples at 48 kHz. */
  readonly samples: number;
};

export function parseOggOpus(file: Buffer): OggOpus {
  const { packets, granule } = oggPackets(file);
  const [head, tags, ...audio] = packets;
  assert.equal(head?.toString('latin1', 0, 8), 'OpusHead');
  assert.equal(tags?.toString('latin1', 0, 8), 'OpusTags');
  const preSkip = head.readUInt16LE(10);
  return {
    channels: head.readUInt8(9),
    inputRate: head.readUInt32LE(12),
    packets: audio,
    samples: granule - preSkip,
  };
}

function oggPackets(file: Buffer): { packets: Buffer[]; granule: number } {
  const packets: Buffer[] = [];
  let parts: Buffer[] = [];
  let granule = 0;
  for (let offset = 0; offset < file.length; ) {
    assert.equal(file.toString('latin1', offset, offset + 4), 'OggS', `no page at byte ${offset}`);
    granule = Number(file.readBigInt64LE(offset + 6));
    const segments = file.subarray(offset + 27, offset + 27 + file.readUInt8(offset + 26));
    offset += 27 + segments.length;
    for (const length of segments) {
      parts.push(file.subarray(offset, offset + length));
      offset += length;
      if (length === 255) continue;
      packets.push(Buffer.concat(parts));
      parts = [];
    }
  }
  return { packets, granule };
}

/** Milliseconds of one frame by the table-of-contents byte's configuration (RFC 6716, table 2). */
const FRAME_MS = {
  silk: [10, 20, 40, 60],
  hybrid: [10, 20],
  celt: [2.5, 5, 10, 20],
} as const;

/** The mode and duration of a packet, from its first byte (RFC 6716, 3.1). */
export function opusPacket(packet: Buffer): { readonly mode: keyof typeof FRAME_MS; readonly ms: number } {
  const toc = packet.readUInt8(0);
  const configuration = toc >> 3;
  const mode = configuration < 12 ? 'silk' : configuration < 16 ? 'hybrid' : 'celt';
  const table: readonly number[] = FRAME_MS[mode];
  const frames = [1, 2, 2, packet.length > 1 ? packet.readUInt8(1) & 0x3f : 0][toc & 3] ?? 0;
  return { mode, ms: (table[configuration % table.length] ?? 0) * frames };
}

/** The bitrate of the audio packets alone, bits per second. */
export function opusBitrate({ packets }: OggOpus): number {
  const bytes = packets.reduce((sum, { length }) => sum + length, 0);
  const ms = packets.reduce((sum, packet) => sum + opusPacket(packet).ms, 0);
  return (bytes * 8_000) / ms;
}

const ADTS_RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000];
const ADTS_FRAME_SAMPLES = 1_024;

export type Adts = {
  readonly rate: number;
  readonly channels: number;
  readonly frames: number;
  /** The bitrate of the frames without their headers, bits per second. */
  readonly bitrate: number;
};

/** Parses AAC in ADTS (ISO/IEC 13818-7, 6.2). */
export function parseAdts(file: Buffer): Adts {
  let frames = 0;
  let bytes = 0;
  for (let offset = 0; offset < file.length; ) {
    const header = file.readUInt32BE(offset);
    assert.equal(header >>> 20, 0xfff, `no frame at byte ${offset}`);
    const length = ((header & 3) << 11) | (file.readUInt16BE(offset + 4) >>> 5);
    assert.ok(length > 7 && offset + length <= file.length, `the frame at byte ${offset} is cut off`);
    bytes += length - ((header >>> 16) & 1 ? 7 : 9);
    frames += 1;
    offset += length;
  }
  const header = file.readUInt32BE(0);
  const rate = ADTS_RATES[(header >>> 10) & 15] ?? 0;
  return { rate, channels: (header >>> 6) & 7, frames, bitrate: (bytes * 8 * rate) / (frames * ADTS_FRAME_SAMPLES) };
}
