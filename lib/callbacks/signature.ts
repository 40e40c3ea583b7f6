import { createHmac, randomBytes } from 'node:crypto';

/** Written before a secret, as https://github.com/standard-webhooks/standard-webhooks has it. */
const PREFIX = 'whsec_';
/** The specification allows 24 to 64. */
const SECRET_BYTES = 32;

export type SignedMessage = {
  /** The id of the callback, the same in every attempt. */
  readonly id: string;
  /** Time of the attempt. */
  readonly sentAt: Date;
  /** The body, exactly as it is sent. */
  readonly body: string;
};

/** Returns a new secret: `whsec_` and random bytes in base64. */
export function newSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** Returns the headers that sign a message with each of the secrets (Standard Webhooks 1.0.0, HMAC-SHA256). */
export function signatureHeaders(
  { id, sentAt, body }: SignedMessage,
  secrets: readonly string[],
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1_000));
  const signed = `${id}.${timestamp}.${body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
