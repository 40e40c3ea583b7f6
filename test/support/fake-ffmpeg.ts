import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The capabilities that a fake ffmpeg lists; names as in ffmpeg, `mov,mp4,m4a` for one demuxer with several. */
export type FakeCapabilities = {
  readonly version?: string;
  readonly filters?: readonly string[];
  readonly encoders?: readonly string[];
  readonly demuxers?: readonly string[];
  readonly muxers?: readonly string[];
  readonly protocols?: readonly string[];
  readonly bsfs?: readonly string[];
  /** The shell command that it runs to play; writes some bytes when absent. */
  readonly play?: string;
};

/** Writes an executable that prints `-version`, `-filters` and so on like ffmpeg, and outputs bytes for any input. */
export function writeFakeFfmpeg(path: string, capabilities: FakeCapabilities = {}): string {
  const {
    version = 'fake-1.0',
    filters = [],
    encoders = [],
    demuxers = [],
    muxers = [],
    protocols = [],
    bsfs = [],
    play = 'head -c 1000 /dev/zero',
  } = capabilities;
  const answers: Readonly<Record<string, readonly string[]>> = {
    version: [`ffmpeg version ${version} Copyright (c) 2000-2026 the FFmpeg developers`, 'built with a pen'],
    filters: [
      'Filters:',
      '  T.. = Timeline support',
      ...filters.map((name) => ` T.C ${name.padEnd(17)} A->A       A filter.`),
    ],
    encoders: [
      'Encoders:',
      ' V..... = Video',
      ' ------',
      ...encoders.map((name) => ` A....D ${name.padEnd(20)} An encoder`),
    ],
    demuxers: [
      'File formats:',
      ' D. = Demuxing supported',
      ' --',
      ...demuxers.map((name) => ` D  ${name.padEnd(15)} A format`),
    ],
    muxers: [
      'File formats:',
      ' .E = Muxing supported',
      ' --',
      ...muxers.map((name) => `  E ${name.padEnd(15)} A format`),
    ],
    decoders: ['Decoders:', ' V..... = Video', ' ------'],
    bsfs: ['Bitstream filters:', ...bsfs],
    protocols: ['Supported file protocols:', 'Input:', ...protocols.map((name) => `  ${name}`), 'Output:'],
  };
  const cases = Object.entries(answers).map(
    ([option, lines]) => `-${option}) cat <<'END'\n${lines.join('\n')}\nEND\n;;`,
  );
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    `#!/bin/sh\nfor option; do case "$option" in\n${cases.join('\n')}\npipe:1) ${play};;\nesac; done\n`,
  );
  chmodSync(path, 0o755);
  return path;
}
