import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startHost } from '../../test/support/host.ts';
import { serve, startHttpSource } from '../../test/support/http-source.ts';
import { createMediaFolder, noise } from '../../test/support/media.ts';
import { type ScratchFolder, scratchFolder } from '../../test/support/scratch-folder.ts';
import { type Attack, createChecks } from './attack.ts';

const FFN = fileURLToPath(new URL('../../client/cli/ffn.ts', import.meta.url));

/** Shell text with `ffn_to NAME`, which succeeds when the audio arrived and the name is still what it was. */
const OUTPUTS: Readonly<Record<string, string>> = {
  'a link to standard output': 'ffn_to dev/stdout | test_audio; test -L dev/stdout',
  'a redirected standard output': 'ffn_to dev/stdout > a; test_audio < a; test -L dev/stdout',
  'a descriptor': 'ffn_to dev/fd/3 3>&1 >dev/null | test_audio; test -L dev/fd',
  'a FIFO': 'mkfifo pipe; test_audio < pipe & ffn_to pipe; wait $!; test -p pipe',
  'a link to a FIFO':
    'mkfifo pipe; ln -s pipe link; test_audio < pipe & ffn_to link; wait $!; test -p pipe; test -L link',
  'a process': 'ffn_to >(cat > a); wait $!; test_audio < a',
  'a device': 'ffn_to dev/null; test -c dev/null; test -L dev/null',
  'a link to a file':
    'echo > a; chmod 604 a; ln -s a link; ffn_to link; test_audio < a; test -L link; test "$(stat -c %a a)" = 604',
  'a dangling link': 'ln -s absent link; ffn_to link; test_audio < absent; test -L link',
};

/** Names that are no regular files. The names of devices are links of a folder of its own, which a defect may replace. */
export const OUTPUT_FILES: Attack = {
  about: '`ffn transcode -o` writes through links, FIFOs and descriptors, and replaces none of them',
  async run() {
    const checks = createChecks();
    await using media = await createMediaFolder();
    await using source = await startHttpSource(
      serve(await media.make('a.mp3', noise('pink', 1), ['-c:a', 'libmp3lame'])),
    );
    await using host = await startHost({ SOURCE_ALLOWED_NETWORKS: source.network });
    for (const [what, script] of Object.entries(OUTPUTS)) {
      using folder = scratchFolder();
      prepare(folder);
      const { code, errors } = await bash(script, { folder, url: host.url, source: source.origin });
      checks.expect(code === 0, `${what}: exit code ${code} ${errors}`);
      for (const [name, target] of Object.entries(DEVICES)) {
        checks.expect(readlinkSync(folder.file(`dev/${name}`)) === target, `${what}: dev/${name} was replaced`);
      }
    }
    return checks.result('{checks} checks');
  },
};

const DEVICES = { stdout: '/proc/self/fd/1', fd: '/proc/self/fd', null: '/dev/null' };

function prepare(folder: ScratchFolder): void {
  mkdirSync(folder.file('dev'));
  for (const [name, target] of Object.entries(DEVICES)) symlinkSync(target, folder.file(`dev/${name}`));
}

const FUNCTIONS = `
  set -e -o pipefail
  ffn_to() { "$NODE" "$FFN" transcode "$SOURCE" -o "$1" --format opus; }
  test_audio() { head -c 4 | grep -q OggS && cat > /dev/null; }
`;

type Shell = { readonly folder: ScratchFolder; readonly url: string; readonly source: string };

async function bash(script: string, { folder, url, source }: Shell): Promise<{ code: number; errors: string }> {
  const { PATH, FFMPEG_PATH } = process.env;
  const child = spawn('bash', ['-c', `${FUNCTIONS}${script}`], {
    cwd: folder.path,
    env: { PATH, FFMPEG_PATH, NODE: process.execPath, FFN, FFN_URL: url, SOURCE: source },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.resume();
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { code: Number(code), errors };
}
