import { ERROR_CATALOGUE, type ErrorCode } from '#lib/errors.ts';

/** Where ffmpeg's input comes from: its owner feeds it (a pipe, an open file), or it opens a URL by itself. */
export type InputKind = 'fed' | 'opened';

/** `pattern` is a regular expression whose case is ignored, in the part of the language that Python has, too. */
type Words = {
  readonly code: ErrorCode;
  readonly pattern: string;
  /** A pattern that another line must match as well; any log will do when it is empty. */
  readonly beside?: string;
  readonly recoverable?: boolean;
};

/** Of a URL that could not be read. An empty file has no range that could be given of it. */
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

/** Of an ffmpeg that lacks what it is to use. */
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

/** How ffmpeg's last line ends about an input that it could not begin to read. */
export const REFUSAL = '(?:invalid argument|end of file|input/output error)$';

/** That line about an input whose name begins so. A redactor may take the colon after the name. */
function refused(names: string): string {
  return String.raw`^(?:\[in#\d.* error opening input:|(?:${names}):.*) ${REFUSAL}`;
}

const INPUT_REFUSED: Words = { code: 'UNSUPPORTED_FORMAT', pattern: refused('pipe:3|async:pipe:3|file') };

/** Of a URL: a demuxer that has had bytes of it has left a line of its own, or its name in the last one. */
const URL_REFUSED: readonly Words[] = [
  {
    code: 'UNSUPPORTED_FORMAT',
    pattern: refused('https?|file'),
    beside: String.raw`^\[(?:in#\d+/|(?!https?|tcp|tls|in#|out#|file)[\w,]+ @ 0x)|^file:`,
  },
  { code: 'DOWNLOAD_FAILED', pattern: refused('https?') },
];

/** What ffmpeg's own lines mean when it has failed, in the words of 5.1 to 9.0; the first entry that fits a line counts. */
export const FAILURE_WORDS: Readonly<Record<InputKind, readonly Required<Words>[]>> = {
  fed: [INCAPABLE, NOT_MEDIA, INPUT_REFUSED].map(withRecoverable),
  opened: [INCAPABLE, ...DOWNLOAD, NOT_MEDIA, ...URL_REFUSED].map(withRecoverable),
};

function withRecoverable(words: Words): Required<Words> {
  return { beside: '', recoverable: ERROR_CATALOGUE[words.code].recoverable, ...words };
}
