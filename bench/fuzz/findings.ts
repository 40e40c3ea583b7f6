import { writeCase } from './case-folder.ts';
import type { FuzzCase } from './fuzz-case.ts';

/** One violated expectation, its count, and the folders that reproduce it. */
export type Finding = { readonly offence: string; times: number; readonly folders: string[] };

export type Findings = {
  add(offence: string, suspects: readonly FuzzCase[]): Promise<void>;
  list(): readonly Finding[];
};

/** Stored cases per offence. */
const KEPT = 5;

/** Collects violated expectations. Writes the first cases of each kind of offence below `folder`. */
export function createFindings(folder: string): Findings {
  const byKind = new Map<string, Finding>();
  return {
    async add(offence, suspects) {
      const kind = offence.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|0x[0-9a-f]+|\d+/g, '#').slice(0, 160);
      const finding = byKind.get(kind) ?? { offence, times: 0, folders: [] };
      byKind.set(kind, finding);
      finding.times += 1;
      const kept = suspects.slice(
        0,
        Math.max(suspects.length > 1 ? suspects.length : 0, KEPT - finding.folders.length),
      );
      if (finding.times > KEPT) return;
      finding.folders.push(...(await Promise.all(kept.map((suspect) => writeCase(folder, suspect, offence)))));
    },
    list: () => [...byKind.values()],
  };
}
