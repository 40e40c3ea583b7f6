/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

/** Names whose values are secret wherever they stand: `name=value`, `"name": "value"`, `Name: value`. */
const SECRET_NAME =
  '(?:authorization|token|jwt|secret|password|passwd|passphrase|passcode|signature|credential|cookie|assertion|playpath|' +
  '(?:api|stream|secret|access|private|signing|encryption|customer|account|auth|session|shared)[-_ ]?key|' +
  'secret[-_]?access[-_]?key|(?<![a-z])sig)s?';

/** A property or header of such a name. */
export const SECRET_PROPERTY = new RegExp(`${SECRET_NAME}\\d{0,3}$`, 'i');

// A quote or bracket that ends a text, or stands before a sign, is the one that was set around it.
const URL_CHARACTERS = `(?:[^\\s"'<>\\\\]|'(?=[\\w%])|\\\\(?!["']))*`;
const VALUE_CHARACTERS = `(?:[^\\s&"',;{}\\]\\\\]|[,;{}\\]\\\\](?=[\\w%]))+`;

/** To its closing quote; to the end of the line where that has been cut off. */
const quoted = (quote: string) =>
  `${quote}(?:[^${quote}\\\\]|\\\\.)*${quote}|${quote}(?:[^${quote}\\\\\\r\\n]|\\\\.)*\\\\?`;
const QUOTED = `${quoted('"')}|${quoted("'")}`;

type Rule = readonly [RegExp, string | ((match: string, offset: number, text: string) => string)];

/**
 * Each takes a time that grows with the text and no faster: what has been looked at in vain is not looked at again from
 * the next character. A URL and a run of signs are therefore taken whole, and looked into by a function.
 */
const RULES: readonly Rule[] = [
  // RTMP: what stands behind the application is the stream key.
  [new RegExp(`(rtmp\\w{0,2}://[^\\s/"'<>]*/[^\\s/"'<>?]*)/${URL_CHARACTERS}`, 'gi'), `$1/${REDACTED}`],
  [new RegExp(`://${URL_CHARACTERS}`, 'g'), openUrl],
  [/ffk_([0-9a-z]{1,64})_[\w-]+/gi, `ffk_$1_${REDACTED}`],
  [/[\w.-]+/g, openRun],
  // Other schemes, and several cookies, have what is secret behind a space.
  [
    new RegExp(
      `((?:authorization|cookie)\\s*[:=]\\s*)(?:(?:${QUOTED})(?=\\s*(?:[,}\\])\\r\\n]|$))|\\[redacted](?=\\s*$)|[^\\r\\n]+)`,
      'gi',
    ),
    `$1${REDACTED}`,
  ],
  [new RegExp(`(bearer|basic)[\\s+]+(?:\\[redacted]|["']?${VALUE_CHARACTERS})`, 'gi'), `$1 ${REDACTED}`],
  // Where a list or an object ends, no rule can tell.
  [
    new RegExp(
      `(${SECRET_NAME}\\d{0,3}(?:\\[\\w{0,20}])?["']?\\s*[:=]{1,2}>?\\s*)` +
        `(?:${QUOTED}|\\[redacted]|[[{][^]*|${VALUE_CHARACTERS})`,
      'gi',
    ),
    `$1${REDACTED}`,
  ],
];

/** What every rule needs, or one of the encodings it may hide in: most texts have none of it. */
const SUSPICIOUS = new RegExp(`://|bearer|basic|eyJ|ffk_|%[\\da-f]{2}|\\\\|${SECRET_NAME}`, 'i');

/** Whether redacting this text may change it. */
export function maySpeakOfSecrets(text: string): boolean {
  return SUSPICIOUS.test(text);
}

/** The text without the secrets that stand in it as they are. */
export function applyRules(text: string): string {
  return RULES.reduce((redacted, [pattern, by]) => redacted.replace(pattern, by as string), text);
}

/** Userinfo, query and fragment of a URL and of those within it. A password may hold any sign, unless it is encoded. */
function openUrl(url: string): string {
  const bare = url.replace(/:\/\/[^/]*@/g, `://${REDACTED}@`).replace(PASSWORD_WITH_SLASH, `://${REDACTED}@`);
  const query = bare.search(/[?#]/);
  return query < 0 ? bare : `${bare.slice(0, query)}?${REDACTED}`;
}

/** What looks like a port and is none. */
const PASSWORD_WITH_SLASH = /^:\/\/[^/:@[\]]*:(?!\d{0,5}(?:[/?#]|$)).*@/s;

/** A JWT, from its beginning to the end of the run. */
function openRun(run: string): string {
  const start = run.indexOf('eyJ');
  return start >= 0 && run.includes('.', start) ? run.slice(0, start) + REDACTED : run;
}
