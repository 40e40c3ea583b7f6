import type { Report } from './report.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Prints the warnings of the client. */
export type OpeningWarnings = {
  warn(fields: Fields, message: string): void;
  /** Opens a stream. The failure that ends the attempt is thrown and not also printed as a warning. */
  during<T>(open: () => Promise<T>): Promise<T>;
};

export function createOpeningWarnings(report: Report): OpeningWarnings {
  let isOpening = false;
  /** The last failure, until it is known whether it ends the command. */
  let held: { readonly reason: unknown; print(): void } | undefined;

  function printHeld(): void {
    held?.print();
    held = undefined;
  }

  return {
    warn(fields, message) {
      printHeld();
      const print = () => report.warn(fields, inWords(fields, message));
      if (isOpening && 'reason' in fields) held = { reason: fields['reason'], print };
      else print();
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
        printHeld();
      }
    },
  };
}

function inWords(fields: Fields, message: string): string {
  return 'reason' in fields ? `the ${fields['via']} failed: ${fields['reason']}` : message;
}
