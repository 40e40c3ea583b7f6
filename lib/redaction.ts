const REDACTED = '[redacted]';

/** Keys whose values are secret wherever they stand: `key=value`, `"key": "value"`, `Key: value`. */
const SECRET_KEY =
  'authorization|proxy-authorization|x-api-key|api[-_]?key|token|access[-_]?token|refresh[-_]?token|id[-_]?token|' +
  'secret|client[-_]?secret|password|passwd|passphrase|stream[-_]?key|signature|credential|cookie|set-cookie';

const RULES: readonly (readonly [RegExp, string])[] = [
  // RTMP: the last path element is the stream key.
  [/\b(rtmps?:\/\/[^\s/"'<>]+\/[^\s/"'<>?]*)\/[^\s"'<>]+/gi, `$1/${REDACTED}`],
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)(?:[^\s/"'<>]|'(?=[\w%]))+@/gi, `$1${REDACTED}@`],
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s?#"'<>]*)[?#](?:[^\s"'<>]|'(?=[\w%]))*/gi, `$1?${REDACTED}`],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, `$1 ${REDACTED}`],
  // Other schemes, and several cookies, have what is secret behind a space.
  [/\b((?:proxy-)?authorization|(?:set-)?cookie):\s*(?:[^\r\n"']|"[^"\r\n]*")+/gi, `$1: ${REDACTED}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, REDACTED],
  [
    new RegExp(
      `((?:${SECRET_KEY})["']?\\s*[:=]\\s*)("(?:[^"\\\\]|\\\\.)*"|'[^']*'|\\[redacted]|[^\\s,;&"'{}\\]]+)`,
      'gi',
    ),
    `$1${REDACTED}`,
  ],
];

const SECRET_PROPERTY = new RegExp(`(?:${SECRET_KEY})$`, 'i');

/** What every rule needs: most texts have none of it. */
const SUSPICIOUS = new RegExp(`://|bearer|basic|eyJ|${SECRET_KEY}`, 'i');

/** Whether redacting this text may change it. */
export function maySpeakOfSecrets(text: string): boolean {
  return SUSPICIOUS.test(text);
}

/**
 * The text without its secrets: userinfo, query and fragment of URLs, stream keys in RTMP paths, bearer tokens, JWTs,
 * and the values of keys that name a secret.
 */
export function redactText(text: string): string {
  return RULES.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text);
}

/** A copy of a JSON-like value with every string redacted, and the values of secret keys replaced whole. */
export function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      SECRET_PROPERTY.test(key) && entry !== undefined ? REDACTED : redactValue(entry),
    ]),
  );
}
