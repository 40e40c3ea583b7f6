import { basename } from 'node:path';
import type { UploadWatch } from '../source/upload-files.ts';
import { printableLine } from './printable.ts';
import { bar } from './progress-bar.ts';
import type { Report } from './report.ts';
import { size } from './words.ts';

/** Shows uploads: redraws one line on a terminal, elsewhere prints a line for each file. With JSON, prints each URL. */
export function createUploadBar(stream: NodeJS.WriteStream, report: Report): UploadWatch {
  return {
    progress(file, { sent, bytes }) {
      const words = `uploading ${basename(file)}, ${size(bytes)}`;
      if (report.isJson) return;
      if (stream.isTTY) stream.write(`\r${bar(sent / bytes)}${printableLine(words)}\x1b[K`);
      else if (sent === 0) report.event('uploading', {}, words);
    },
    uploaded(file, { source_url, bytes }) {
      if (report.isJson) report.event('source', { file, source_url, via: 'upload', bytes });
      else if (stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}
