/** Replaces a secret. */
export const REDACTED = '[redacted]';

/** Names whose values are secret in any notation: `name=value`, `"name": "value"`, `Name: value`. */
const SECRET_NAME =
  '(?:authorization|token|jwt|secret|password|passwd|passphrase|passcode|signature|credential|cookie|assertion|playpath|' +
  '(?:api|stream|secret|access|private|signing|encryption|customer|account|auth|session|shared)[-_ ]?key|' +
  'secret[-_]?access[-_]?key|(?<![a-z])sig)s?';

/** Matches a property or header with such a name. */
export const SECRET_PROPERTY = new RegExp(`${SECRET_NAME}\\d{0,3}$`, 'i');

/** Settings, which messages name after words such as `tokens:`. A name is not a secret. */
const SETTING_NAME =
  '(?:JWT_(?:SECRET|ISSUER|AUDIENCE)|JWKS_URL|TOKEN_TTL_SECONDS|SECRETS_KEYS|S3_(?:SECRET_ACCESS_KEY|ACCESS_KEY_ID))';

// A quote or bracket at the end of a text, or before punctuation, belongs to the text around the URL or value.
const URL_CHARACTERS = `(?:[^\\s"'<>\\\\]|'(?=[\\w%])|\\\\(?!["']))*`;
const VALUE_CHARACTERS = `(?:[^\\s&"',;{}\\]\\\\]|[,;{}\\]\\\\](?=[\\w%]))+`;

/** Matches up to the closing quote, or to the end of the line where the quote was cut off. */
const quoted = (quote: string) =>
  `${quote}(?:[^${quote}\\\\]|\\\\.)*${quote}|${quote}(?:[^${quote}\\\\\\r\\n]|\\\\.)*\\\\?`;
const QUOTED = `${quoted('"')}|${quoted("'")}`;

type Rule = readonly [RegExp, string | ((match: string, offset: number, text: string) => string)];

/**
 * Each rule takes linear time: after a failed match, the same text is not scanned again from the next character. A URL
 * and a run of characters are therefore matched whole, then inspected by a function.
 */
const RULES: readonly Rule[] = [
  // RTMP: the part of the path after the application is the stream key.
  [new RegExp(`(rtmp\\w{0,2}://[^\\s/"'<>]*/[^\\s/"'<>?]*)/${URL_CHARACTERS}`, 'gi'), `$1/${REDACTED}`],
  [new RegExp(`://${URL_CHARACTERS}`, 'g'), openUrl],
  [/ffk_([0-9a-z]{1,64})_[\w-]+/gi, `ffk_$1_${REDACTED}`],
  [/[\w.-]+/g, openRun],
  // Other schemes, and lists of cookies, have the secret after a space.
  [
    new RegExp(
      `((?:authorization|cookie)\\s*[:=]\\s*)(?:(?:${QUOTED})(?=\\s*(?:[,}\\])\\r\\n]|$))|\\[redacted](?=\\s*$)|[^\\r\\n]+)`,
      'gi',
    ),
    `$1${REDACTED}`,
  ],
  [new RegExp(`(bearer|basic)[\\s+]+(?:\\[redacted]|["']?${VALUE_CHARACTERS})`, 'gi'), `$1 ${REDACTED}`],
  // A rule cannot find the end of a list or an object, so everything after its start is redacted.
  [
    new RegExp(
      `(${SECRET_NAME}\\d{0,3}(?:\\[\\w{0,20}])?["']?\\s*[:=]{1,2}>?\\s*)(?!${SETTING_NAME}(?!\\w))` +
        `(?:${QUOTED}|\\[redacted]|[[{][^]*|${VALUE_CHARACTERS})`,
      'gi',
    ),
    `$1${REDACTED}`,
  ],
];

/** Matches what every rule needs, or an encoding that may hide it. Most texts contain neither. */
const SUSPICIOUS = new RegExp(`://|bearer|basic|eyJ|ffk_|%[\\da-f]{2}|\\\\|${SECRET_NAME}`, 'i');

/** Returns whether redaction may change this text. */
export function maySpeakOfSecrets(text: string): boolean {
  return SUSPICIOUS.test(text);
}

/** Returns the text without the secrets that are in it unencoded. */
export function applyRules(text: string): string {
  return RULES.reduce((redacted, [pattern, by]) => redacted.replace(pattern, by as string), text);
}

/** Redacts userinfo, query and fragment of a URL and of URLs within it. A password may hold any unencoded character. */
function openUrl(url: string): string {
  const bare = url.replace(/:\/\/[^/]*@/g, `://${REDACTED}@`).replace(PASSWORD_WITH_SLASH, `://${REDACTED}@`);
  const query = bare.search(/[?#]/);
  return query < 0 ? bare : `${bare.slice(0, query)}?${REDACTED}`;
}

/** Matches userinfo whose password looks like a port but is not one. */
const PASSWORD_WITH_SLASH = /^:\/\/[^/:@[\]]*:(?!\d{0,5}(?:[/?#]|$)).*@/s;

/** Redacts a JWT, from its start to the end of the run. */
function openRun(run: string): string {
  const start = run.indexOf('eyJ');
  return start >= 0 && run.includes('.', start) ? run.slice(0, start) + REDACTED : run;
}
