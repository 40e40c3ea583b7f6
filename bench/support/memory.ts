import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** Proportional set size of a process, bytes: what it has to itself, and its share of what it shares. */
export function pssOf(pid: number): number {
  const [, kibibytes] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')) ?? [];
  return Number(kibibytes ?? Number.NaN) * 1_024;
}

/** The processes that a process has started, and theirs. */
export function descendantsOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** An ELF file's program header that names its loader. */
const PT_INTERP = 3;

/** Whether a program (ELF, 64 bits, little endian) brings all it needs: it asks for no loader. */
export function isStatic(file: string): boolean {
  const bytes = Buffer.alloc(4_096);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, bytes);
  closeSync(descriptor);
  const [offset, size, count] = [Number(bytes.readBigUInt64LE(32)), bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => bytes.readUInt32LE(offset + index * size)).every(
    (type) => type !== PT_INTERP,
  );
}
