import { AppError } from '#lib/errors.ts';
import type { Command } from '../../arguments/command.ts';
import { wholeMedia } from '../../arguments/media-part.ts';
import { CONNECTION_OPTIONS, connect } from '../../connection.ts';
import { probeLines } from '../../output/probe-lines.ts';
import { createUploadBar } from '../../output/upload-bar.ts';
import { fileOf, isFile } from '../../source/file-argument.ts';
import { uploadFiles } from '../../source/upload-files.ts';

/** Files and URLs of one command line. */
const MOST = 100;

/** `ffn job probe a.mp4`. */
export const probe: Command = {
  usage: 'FILE|URL…',
  help: 'Show the container, length and streams of files and URLs, as jobs see them',
  notes:
    'Files are uploaded first. With --json, it prints an object for each: {"source": …}, and the response of the service.',
  examples: ['talk.mov', 'https://example.org/a.mp4 --json'],
  takes: [1, MOST],
  options: CONNECTION_OPTIONS,
  async run({ positionals, values, report, signal }) {
    const sources = positionals.map((argument) => wholeMedia(argument, isFile));
    using connection = connect({ values, report });
    const watch = report.isJson ? undefined : createUploadBar(process.stderr, report);
    const files = sources.flatMap((source) => fileOf(source) ?? []);
    const uploaded = await uploadFiles(files, { calls: connection.calls, signal, watch });
    for (const source of sources) {
      const file = fileOf(source);
      const url = (file === undefined ? undefined : uploaded.get(file)) ?? source;
      const found = await connection.client.probe(url, { signal }).catch((error: unknown) => {
        throw error instanceof AppError ? about(source, error) : error;
      });
      report.result({ source, ...found }, probeLines(source, found));
    }
  },
};

/** Returns an error of the source with its name as it was typed. */
function about(source: string, { code, message, details, recoverable, cause }: AppError): AppError {
  const named = message.startsWith(FIELD) ? `${source}: ${message.slice(FIELD.length)}` : message;
  return new AppError(code, details, { message: named, recoverable, cause });
}

const FIELD = 'url: ';
