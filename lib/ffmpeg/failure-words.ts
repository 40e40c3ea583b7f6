import { ERROR_CATALOGUE, type ErrorCode } from '#lib/errors.ts';

/** `pattern` is a case-insensitive regular expression, in syntax that Python also supports. */
type Words = {
  readonly code: ErrorCode;
  readonly pattern: string;
  readonly recoverable?: boolean;
};

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

/** ffmpeg's last line about an input that it could not start to read. Redaction may remove the colon after its name. */
const INPUT_REFUSED: Words = {
  code: 'UNSUPPORTED_FORMAT',
  pattern: String.raw`^(?:\[in#\d.* error opening input:|(?:pipe:\d+|async:pipe:\d+|file):.*) (?:invalid argument|end of file|input/output error)$`,
};

/** What ffmpeg's own log lines mean after a failure, for versions 5.1 to 9.0. The first matching entry counts. */
export const FAILURE_WORDS: readonly Required<Words>[] = [INCAPABLE, NOT_MEDIA, INPUT_REFUSED].map(withRecoverable);

function withRecoverable(words: Words): Required<Words> {
  return { recoverable: ERROR_CATALOGUE[words.code].recoverable, ...words };
}
