import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ATTEMPTS_MISSING, compileAttempts, LAUNCHER, LEVELS, USERS } from '../../test/lib/ffmpeg/support/attempts.ts';
import { call } from '../../test/support/client.ts';
import { startHost } from '../../test/support/host.ts';
import { type Attack, createChecks, Skipped } from './attack.ts';

/** An ffmpeg that a source has taken over. */
export const DECODER: Attack = {
  about:
    'a confined child reads, opens, starts and signals nothing, at each level of confinement, as root and as a user',
  async run() {
    if (ATTEMPTS_MISSING !== false) throw new Skipped(ATTEMPTS_MISSING);
    const checks = createChecks();
    using attempts = compileAttempts();
    for (const level of LEVELS) {
      for (const uid of USERS) {
        const achieved = attempts.attemptAll(level, uid);
        for (const [attempt, wanted] of Object.entries(level.results)) {
          const text = `${level.level}, as ${uid ?? 'the user of the service'}: ${attempt} ${achieved[attempt]}`;
          checks.expect(achieved[attempt] === wanted, text);
        }
      }
    }
    const secret = 'a secret of the attack, 32 characters or more';
    await using host = await startHost({ JWT_SECRET: secret });
    const { confinement } = (await call(host, '/health')).json();
    checks.expect(confinement === bestLevel(), `the service has the confinement ${confinement}, not ${bestLevel()}`);
    const environment = `/proc/${host.pid}/environ`;
    checks.expect(readFileSync(environment, 'latin1').includes(secret), 'the attack does not look where secrets are');
    for (const { launch, level } of LEVELS) {
      for (const file of [environment, `/proc/${host.pid}/mem`, `/proc/${host.pid}/cwd/package.json`]) {
        const achieved = attempts.attempt('read_file', { launch, argument: file });
        checks.expect(achieved === 'EACCES', `${level}: ${file} ${achieved}`);
      }
    }
    return checks.result(`{checks} checks; the service has the confinement ${confinement}`);
  },
};

/** The best level that this kernel offers. */
function bestLevel(): string {
  const report = spawnSync(LAUNCHER, ['--report'], { encoding: 'utf8' }).stdout;
  if (/^landlock [1-9]/m.test(report) && /^seccomp 1$/m.test(report)) return 'full';
  return /^seccomp 1$/m.test(report) ? 'seccomp' : 'limits';
}
