import { applyRules, maySpeakOfSecrets, REDACTED, SECRET_PROPERTY } from './redaction-rules.ts';

/** How many times a text may have been encoded: percent-encoded, or written into a JSON string. */
const MOST_ENCODINGS = 6;
/** Values nested deeper than this are replaced whole. */
const DEEPEST = 64;

/**
 * Returns the text without its secrets: userinfo, query and fragment of URLs, stream keys in RTMP paths, API keys,
 * JWTs, bearer and basic credentials, and the values of secret names. When a secret is found under an encoding, the
 * returned text is decoded.
 */
export function redactText(text: string): string {
  if (!maySpeakOfSecrets(text)) return text;
  let redacted = applyRules(text);
  let plain = redacted;
  for (let depth = 0; depth < MOST_ENCODINGS; depth += 1) {
    const decoded = decode(plain);
    if (decoded === plain) break;
    plain = applyRules(decoded);
    if (plain !== decoded) redacted = plain;
  }
  return redacted;
}

/**
 * Returns a text of up to `longest` characters without its secrets. A longer one is only described: the part that is cut
 * off may be the one by which a secret is recognised, and redacting all of it takes time.
 */
export function redactShort(text: string, longest: number): string {
  return text.length <= longest ? redactText(text) : `(a text of ${text.length} characters)`;
}

/** Returns a copy of a JSON-like value with every string redacted and the values of secret names replaced whole. */
export function redactValue(value: unknown): unknown {
  return redactNested(value, 0);
}

function redactNested(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactString(value, depth);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return REDACTED;
  if (Array.isArray(value)) return value.map((entry, index) => redactEntry([value[index - 1], entry], depth));
  const entries = Object.entries(value);
  const named = entries.some(([key, name]) => NAMING.has(key) && isSecretName(name));
  return Object.fromEntries(
    entries.map(([key, entry]) => {
      const secret = entry !== undefined && (SECRET_PROPERTY.test(key) || (named && key === 'value'));
      return [redactText(key), secret ? REDACTED : redactNested(entry, depth + 1)];
    }),
  );
}

/** Properties whose value names what the property `value` of the same object holds. */
const NAMING: ReadonlySet<string> = new Set(['name', 'key', 'field', 'header']);

/** Names and values may alternate, as in raw headers and argument lists. */
function redactEntry([before, entry]: readonly [unknown, unknown], depth: number): unknown {
  return isSecretName(before) && typeof entry === 'string' ? REDACTED : redactNested(entry, depth + 1);
}

function isSecretName(value: unknown): boolean {
  return typeof value === 'string' && /^-{0,2}[\w-]{1,100}$/.test(value) && SECRET_PROPERTY.test(value);
}

/** Redacts JSON within a string as a value. */
function redactString(text: string, depth: number): string {
  if (depth > DEEPEST || !/^\s*[[{]/.test(text) || !maySpeakOfSecrets(text)) return redactText(text);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return redactText(text);
  }
  const redacted = JSON.stringify(redactNested(parsed, depth + 1));
  return redactText(redacted === JSON.stringify(parsed) ? text : redacted);
}

/** Removes one layer of percent-encoding and of JSON escapes. */
function decode(text: string): string {
  return text
    .replace(/\\(?:u([\da-f]{4})|(["'\\/bfnrt]))/gi, (_, code?: string, sign: string = '') =>
      code === undefined ? (CONTROL_SIGNS[sign] ?? sign) : String.fromCharCode(Number.parseInt(code, 16)),
    )
    .replace(/(?:%[\da-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}

const CONTROL_SIGNS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
