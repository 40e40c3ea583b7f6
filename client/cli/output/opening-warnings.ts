import type { Report } from './report.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The client's warnings, in words for people. */
export type OpeningWarnings = {
  warn(fields: Fields, message: string): void;
  /** Opens a stream. What it then ends with is told as its error, and not as a warning before. */
  during<T>(open: () => Promise<T>): Promise<T>;
};

export function createOpeningWarnings(report: Report): OpeningWarnings {
  let isOpening = false;
  /** The last failure, until it is known whether it was the end. */
  let held: { readonly reason: unknown; tell(): void } | undefined;

  function tellHeld(): void {
    held?.tell();
    held = undefined;
  }

  return {
    warn(fields, message) {
      tellHeld();
      const tell = () => report.warn(fields, inWords(fields, message));
      if (isOpening && 'reason' in fields) held = { reason: fields['reason'], tell };
      else tell();
    },
    async during(open) {
      isOpening = true;
      try {
        return await open();
      } catch (error) {
        if (error instanceof Error && held?.reason === error.message) held = undefined;
        throw error;
      } finally {
        isOpening = false;
        tellHeld();
      }
    },
  };
}

function inWords(fields: Fields, message: string): string {
  if ('reason' in fields) return `the ${fields['via']} failed: ${fields['reason']}`;
  return 'service' in fields ? `the service is ${fields['service']}` : message;
}
