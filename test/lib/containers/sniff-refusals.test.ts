import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { sniff } from '#lib/containers/sniff.ts';
import { makeTone } from '../sources/support/media.ts';
import { sniffSparingly } from './support/sniffing.ts';

describe('sniffing what is not audio', () => {
  const cues = '1\n00:00:01,000 --> 00:00:02,000\nHello\n';
  const refused: [name: string, content: Buffer, reason: string][] = [
    ['nothing', Buffer.alloc(0), 'empty'],
    ['HTML', text('<!DOCTYPE html><html><body>Not found</body></html>'), 'text'],
    ['XML', text('<?xml version="1.0"?><playlist xmlns="http://xspf.org/ns/0/"/>'), 'text'],
    ['JSON', text('{"error":"gone"}'), 'text'],
    ['prose', text('It is a truth universally acknowledged, '.repeat(40)), 'text'],
    ['prose in UTF-8', text('Größe, 音楽, музыка. '.repeat(60)), 'text'],
    ['prose in UTF-8 with a BOM', text('\ufeffHello'), 'text'],
    ['prose in UTF-16', Buffer.from('\ufeffHello, there'.repeat(50), 'utf16le'), 'text'],
    ['prose in big-endian UTF-16', Buffer.from('\ufeffHello, there'.repeat(50), 'utf16le').swap16(), 'text'],
    ['prose in Latin-1', Buffer.from('Größe und Klänge '.repeat(60), 'latin1'), 'text'],
    ['one letter', text('a'), 'text'],
    ['M3U8', text('#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n'), 'a playlist'],
    ['M3U8 with a BOM and blank lines', text('\ufeff\n\n#EXTM3U\n'), 'a playlist'],
    ['M3U8 with binary after it', Buffer.concat([text('#EXTM3U\n'), Buffer.alloc(2000)]), 'a playlist'],
    ['a bare M3U', text('http://169.254.169.254/latest\n'), 'text'],
    ['PLS', text('[playlist]\nFile1=/etc/passwd\n'), 'a playlist'],
    ['ffconcat', text("ffconcat version 1.0\nfile '/etc/passwd'\n"), 'a playlist'],
    ['a concat list', text("file '/etc/passwd'\n"), 'text'],
    ['SRT', text(cues), 'text'],
    ['WebVTT', text(`WEBVTT\n\n${cues}`), 'text'],
    ['a cue sheet', text('FILE "a.wav" WAVE\n  TRACK 01 AUDIO\n'), 'text'],
    ['SDP', text('v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\n'), 'text'],
    ['text that begins like Ogg', text('OggS is what an Ogg page begins with'), 'text'],
    ['text that begins like FLAC', text('fLaC is what a FLAC file begins with'), 'text'],
    ['zip', Buffer.concat([Buffer.from('PK\x03\x04'), deflateRawSync(Buffer.alloc(999))]), 'an archive'],
    ['gzip', gzipSync(Buffer.alloc(9999)), 'an archive'],
    ['7z', Buffer.from('377abcaf271c0004', 'hex'), 'an archive'],
    ['rar', Buffer.from('Rar!\x1a\x07\x01\0', 'latin1'), 'an archive'],
    ['PDF', text('%PDF-1.7\n'), 'a document'],
    ['PNG', makeTone('a.png', ['-filter_complex', 'showwavespic=s=99x99', '-frames:v', '1']), 'an image'],
    [
      'JPEG',
      makeTone('a.jpg', ['-filter_complex', 'showwavespic=s=99x99,format=yuvj420p', '-frames:v', '1']),
      'an image',
    ],
    ['GIF', makeTone('a.gif', ['-filter_complex', 'showwavespic=s=99x99', '-frames:v', '1']), 'an image'],
    ['WebP', Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1'), 'an image'],
    ['ELF', Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), 'an executable'],
    ['a Windows program', Buffer.from('MZ\x90\0\x03', 'latin1'), 'an executable'],
  ];
  for (const [name, content, reason] of refused) {
    it(`refuses ${name} as ${reason}`, () => {
      assert.deepEqual(sniffSparingly(content).sniffed, { kind: 'refused', reason });
    });
  }

  it('never recognises random bytes and never throws on them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000, size: 'max' }), fc.boolean(), (bytes, ended) => {
        assert.notEqual(sniff(Buffer.from(bytes), { ended }).kind, 'recognised');
      }),
    );
  });

  it('never throws on corrupt media and never requests more bytes at the end', () => {
    const samples = ['a.m4a', 'a.mp3', 'a.caf', 'a.aac', 'a.ts'].map((file) => makeTone(file).subarray(0, 3000));
    const breaks = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.constantFrom(...samples), breaks, (sample, broken) => {
        const media = Buffer.from(sample);
        for (const [at, value] of broken) media[at] = value;
        assert.notEqual(sniff(media, { ended: true }).kind, 'need_more');
        sniffSparingly(media);
      }),
      { numRuns: 2000 },
    );
  });
});

function text(content: string): Buffer {
  return Buffer.from(content);
}
