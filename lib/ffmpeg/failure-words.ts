import { ERROR_CATALOGUE, type ErrorCode } from '#lib/errors.ts';

/** How ffmpeg gets its input: `fed` by its owner (a pipe, an open file), or `opened` by ffmpeg from a URL. */
export type InputKind = 'fed' | 'opened';

/** `pattern` is a case-insensitive regular expression, in syntax that Python also supports. */
type Words = {
  readonly code: ErrorCode;
  readonly pattern: string;
  /** A pattern that some line of the log must match as well. An empty one matches any log. */
  readonly beside?: string;
  readonly recoverable?: boolean;
};

/** For a URL that could not be read. 416: an empty file has no range to return. */
const DOWNLOAD: readonly Words[] = [
  { code: 'UNSUPPORTED_FORMAT', pattern: 'HTTP error 416' },
  {
    code: 'DOWNLOAD_FAILED',
    recoverable: false,
    pattern: 'server returned 4|HTTP error 4|no such file|is a directory|permission denied',
  },
  {
    code: 'DOWNLOAD_FAILED',
    pattern: String.raw`server returned 5|HTTP error 5|stream ends prematurely|error reading HTTP response|^\[tls @ |failed to (?:resolve|reconnect)|(?:connection|operation) timed out|connection (?:refused|reset)|network is unreachable|no route to host`,
  },
];

/** For an ffmpeg that lacks a required capability. */
const INCAPABLE: Words = {
  code: 'UNAVAILABLE',
  recoverable: false,
  pattern:
    'unknown (?:encoder|bitstream filter)|no such filter|unrecognized option|option .*not found|requested output format .* is not|error parsing global options',
};

const NOT_MEDIA: Words = {
  code: 'UNSUPPORTED_FORMAT',
  pattern:
    'invalid data found|matches no streams|not match any streams|does not contain any stream|format not on whitelist|could not find codec parameters|moov atom not found|no decoder could be found|unknown decoder|decoder .*not found|cannot determine format of input|failed to read frame size|file ended prematurely|not seekable|rematrix is needed',
};

/** The end of ffmpeg's last line about an input that it could not start to read. */
export const REFUSAL = '(?:invalid argument|end of file|input/output error)$';

/** Returns a pattern for that line about inputs with these names. Redaction may remove the colon after the name. */
function refused(names: string): string {
  return String.raw`^(?:\[in#\d.* error opening input:|(?:${names}):.*) ${REFUSAL}`;
}

const INPUT_REFUSED: Words = { code: 'UNSUPPORTED_FORMAT', pattern: refused('pipe:3|async:pipe:3|file') };

/** For a URL: a demuxer that received bytes has logged a line of its own, or its name is in the last line. */
const URL_REFUSED: readonly Words[] = [
  {
    code: 'UNSUPPORTED_FORMAT',
    pattern: refused('https?|file'),
    beside: String.raw`^\[(?:in#\d+/|(?!https?|tcp|tls|in#|out#|file)[\w,]+ @ 0x)|^file:`,
  },
  { code: 'DOWNLOAD_FAILED', pattern: refused('https?') },
];

/** What ffmpeg's own log lines mean after a failure, for versions 5.1 to 9.0. The first matching entry counts. */
export const FAILURE_WORDS: Readonly<Record<InputKind, readonly Required<Words>[]>> = {
  fed: [INCAPABLE, NOT_MEDIA, INPUT_REFUSED].map(withRecoverable),
  opened: [INCAPABLE, ...DOWNLOAD, NOT_MEDIA, ...URL_REFUSED].map(withRecoverable),
};

function withRecoverable(words: Words): Required<Words> {
  return { beside: '', recoverable: ERROR_CATALOGUE[words.code].recoverable, ...words };
}
