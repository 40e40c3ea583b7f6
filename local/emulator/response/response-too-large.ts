/** A response over the platform's limit, in bytes. */
export class ResponseTooLarge extends Error {
  override readonly name = 'ResponseTooLarge';
  readonly limitBytes: number;
  constructor(limitBytes: number) {
    super(`Response is larger than ${limitBytes} bytes (Function.ResponseSizeTooLarge)`);
    this.limitBytes = limitBytes;
  }
}
