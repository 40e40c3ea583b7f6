const BAR_WIDTH = 40;

/** Draws over one line of a terminal; elsewhere prints a line for each quarter. Returns how to draw a position. */
export function createProgressBar(totalSeconds: number | undefined): (seconds: number) => void {
  let quarters = 0;
  return (seconds) => {
    if (totalSeconds === undefined) return;
    const share = Math.min(1, seconds / totalSeconds);
    const filled = Math.round(share * BAR_WIDTH);
    const line = `  [${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}] ${(share * 100).toFixed(0).padStart(3)} %`;
    if (process.stdout.isTTY) process.stdout.write(`\r${line}`);
    else if (Math.floor(share * 4) > quarters) process.stdout.write(`${line}\n`);
    quarters = Math.max(quarters, Math.floor(share * 4));
  };
}
