import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type FrameParser,
  parseAc3Frame,
  parseAdtsFrame,
  parseEac3Frame,
  parseMpegAudioFrame,
} from '#lib/containers/frame-headers.ts';

const lengths: [name: string, parse: FrameParser, header: string, bytes: number | undefined][] = [
  ['MPEG-1 layer III, 128 kbit/s, 44.1 kHz', parseMpegAudioFrame, 'fffb9064', 417],
  ['the same, padded', parseMpegAudioFrame, 'fffb9264', 418],
  ['MPEG-1 layer III, 320 kbit/s, 48 kHz', parseMpegAudioFrame, 'fffbe464', 960],
  ['MPEG-2 layer III, 64 kbit/s, 22.05 kHz', parseMpegAudioFrame, 'fff380c4', 208],
  ['MPEG-2.5 layer III, 8 kbit/s, 8 kHz', parseMpegAudioFrame, 'ffe318c4', 72],
  ['MPEG-1 layer II, 192 kbit/s, 48 kHz', parseMpegAudioFrame, 'fffda404', 576],
  ['MPEG-1 layer I, 384 kbit/s, 44.1 kHz, padded', parseMpegAudioFrame, 'ffffc200', 420],
  ['MPEG audio of free format', parseMpegAudioFrame, 'fffb0064', undefined],
  ['MPEG audio of a reserved version', parseMpegAudioFrame, 'ffeb9064', undefined],
  ['MPEG audio of a reserved layer', parseMpegAudioFrame, 'fff99064', undefined],
  ['MPEG audio of a reserved rate', parseMpegAudioFrame, 'fffb9c64', undefined],
  ['MPEG audio without a bitrate', parseMpegAudioFrame, 'fffbf064', undefined],
  ['MPEG audio of a reserved emphasis', parseMpegAudioFrame, 'fffb9066', undefined],
  ['ones', parseMpegAudioFrame, 'ffffffff', undefined],
  ['ADTS', parseAdtsFrame, 'fff15080022000', 17],
  ['ADTS shorter than its header', parseAdtsFrame, 'fff15080004000', undefined],
  ['ADTS of a reserved rate', parseAdtsFrame, 'fff17480022000', undefined],
  ['AC-3, 32 kbit/s, 44.1 kHz', parseAc3Frame, '0b7700004040', 138],
  ['the same with one more word', parseAc3Frame, '0b7700004140', 140],
  ['AC-3, 640 kbit/s, 48 kHz', parseAc3Frame, '0b7700002440', 2560],
  ['AC-3, 448 kbit/s, 32 kHz', parseAc3Frame, '0b7700009e40', 2688],
  ['AC-3 of a reserved rate', parseAc3Frame, '0b770000c040', undefined],
  ['E-AC-3 as AC-3', parseAc3Frame, '0b7700004080', undefined],
  ['E-AC-3', parseEac3Frame, '0b7702ff3f80', 1536],
  ['AC-3 as E-AC-3', parseEac3Frame, '0b7702ff3f40', undefined],
];

describe('the length of a frame', () => {
  for (const [name, parse, header, bytes] of lengths) {
    it(`of ${name} is ${bytes ?? 'unknown'}`, () => {
      const padded = Buffer.from(header.padEnd(14, '0'), 'hex');
      assert.equal(parse(padded, 0)?.bytes, bytes);
      assert.equal(parse(Buffer.concat([Buffer.from([1, 2, 3]), padded]), 3)?.bytes, bytes);
    });
  }
});
