import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Starter } from '#lib/ffmpeg/confinement.ts';
import { findFfprobe } from '#lib/ffmpeg/ffprobe.ts';
import { runProgram } from '#lib/ffmpeg/run-program.ts';
import { findStarter } from '#lib/ffmpeg/starter.ts';
import { LAUNCHER_LAYER } from '../../layers/support/built-layer.ts';
import { FFMPEG, MEDIA_FFMPEG } from '../../support/ffmpeg.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';
import { MEBIBYTE, SHELL, supervise } from '../../support/supervised-ffmpeg.ts';

const PATH = process.env['PATH'] ?? '';
const ORIGIN = FFMPEG.includes('/layers/') || FFMPEG.startsWith('/opt/') ? 'layer' : 'fallback';
const LAUNCHER = await findStarter({ path: FFMPEG, origin: ORIGIN }, { mode: 'auto', path: PATH });
const HAS_FULL = typeof LAUNCHER !== 'string' && LAUNCHER.confinement === 'full';

const STARTERS: readonly { name: string; starter: Starter; skip: string | false }[] = [
  { name: 'by a shell', starter: SHELL, skip: false },
  {
    name: 'by the launcher',
    starter: typeof LAUNCHER === 'string' ? SHELL : LAUNCHER.starter,
    skip: LAUNCHER_LAYER.missing || (!HAS_FULL && 'this kernel cannot restrict files'),
  },
];

let folder: ScratchFolder;

before(() => {
  folder = scratchFolder();
  for (const name of ['work', 'work/inputs', 'work/outputs', 'elsewhere']) mkdirSync(folder.file(name));
  writeFileSync(folder.file('elsewhere/list'), 'for nobody here', { mode: 0o644 });
  // Others start in `work`, but do not get there by its path.
  chmodSync(folder.path, 0o700);
  for (const name of ['work', 'work/inputs']) chmodSync(folder.file(name), 0o755);
  for (const name of ['work/outputs', 'elsewhere']) chmodSync(folder.file(name), 0o777);
  const clip = [
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=160x90:rate=25:duration=1',
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
  ];
  for (const name of ['a', 'b']) {
    execFileSync(MEDIA_FFMPEG, ['-v', 'error', ...clip, '-f', 'mp4', folder.file(`work/inputs/${name}`)]);
    chmodSync(folder.file(`work/inputs/${name}`), 0o644);
  }
});
after(() => folder[Symbol.dispose]());

/** Runs an ffmpeg that may read the inputs and write outputs. Returns whether it has finished. */
async function encode(starter: Starter, args: readonly string[]): Promise<boolean> {
  await using ffmpeg = supervise({
    program: { path: FFMPEG, starter },
    args: ['-y', '-protocol_whitelist', 'file', ...args],
    workingDirectory: folder.file('work'),
    files: { reads: ['inputs'], writes: 'outputs' },
  });
  ffmpeg.output.resume();
  return (await ffmpeg.outcome).kind === 'finished';
}

/** Returns whether ffprobe, which may read one input, reads a file. */
async function probes(starter: Starter, file: string): Promise<boolean> {
  const run = runProgram({
    program: findFfprobe({ path: FFMPEG, origin: ORIGIN, starter }, PATH),
    args: ['-v', 'error', '-count_packets', '-show_entries', 'stream=nb_read_packets', '-i', file],
    workingDirectory: folder.file('work'),
    files: { reads: ['inputs/a'] },
    limits: { memoryBytes: 512 * MEBIBYTE, cpuSeconds: 10, wallMs: 10_000, outputBytes: MEBIBYTE },
    signal: new AbortController().signal,
  });
  return await run.then(
    (output) => /nb_read_packets=25/.test(output.toString()),
    () => false,
  );
}

for (const { name, starter, skip } of STARTERS) {
  describe(`an ffmpeg that is started ${name} in a working folder`, { skip }, () => {
    it('encodes inputs to files, and joins files that it has made', async () => {
      const { kind } = starter;
      const list = `file '${kind}-0.mp4'\nfile '${kind}-1.mp4'\n`;
      writeFileSync(folder.file(`work/outputs/${kind}-list`), list, { mode: 0o644 });
      for (const [index, input] of ['a', 'b'].entries()) {
        const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-movflags', '+faststart'];
        assert.ok(await encode(starter, ['-i', `file:inputs/${input}`, ...x264, `file:outputs/${kind}-${index}.mp4`]));
      }
      const joined = [
        '-f',
        'concat',
        '-safe',
        '1',
        '-i',
        `file:outputs/${kind}-list`,
        '-c',
        'copy',
        `file:outputs/${kind}.mp4`,
      ];
      assert.ok(await encode(starter, joined));
      const counted = ['-v', 'error', '-count_frames', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0'];
      const frames = execFileSync(findFfprobe({ path: FFMPEG, origin: ORIGIN, starter: SHELL }, PATH).path, [
        ...counted,
        folder.file(`work/outputs/${kind}.mp4`),
      ]).toString();
      assert.equal(frames.trim(), '50');
    });

    it('has its inputs probed', async () => {
      assert.ok(await probes(starter, 'file:inputs/a'));
    });
  });
}

describe('an ffmpeg that is started by the launcher in a working folder', { skip: STARTERS[1]?.skip ?? false }, () => {
  const { starter = SHELL } = STARTERS[1] ?? {};
  const copy = (file: string): string[] => ['-i', 'file:inputs/a', '-c', 'copy', '-f', 'mp4', file];

  it('writes nowhere else', async () => {
    assert.ok(await encode(starter, copy('file:outputs/copy.mp4')));
    const others = [
      'inputs/b',
      'made.mp4',
      '../elsewhere/made.mp4',
      folder.file('elsewhere/made.mp4'),
      '/tmp/made.mp4',
    ];
    for (const file of others) assert.equal(await encode(starter, copy(`file:${file}`)), false, file);
    for (const file of ['work/made.mp4', 'elsewhere/made.mp4']) assert.ok(!existsSync(folder.file(file)), file);
  });

  it('reads nothing else, and an ffprobe only its own input', async () => {
    const readsAll = (file: string): string[] => [
      '-f',
      'data',
      '-i',
      `file:${file}`,
      '-map',
      '0',
      '-f',
      'data',
      '-y',
      'file:outputs/x',
    ];
    assert.ok(await encode(starter, readsAll('inputs/b')));
    for (const file of ['/etc/passwd', `/proc/${process.pid}/environ`, '../elsewhere', folder.file('elsewhere/list')]) {
      assert.equal(await encode(starter, readsAll(file)), false, file);
    }
    for (const file of ['inputs/b', 'outputs/launcher-0.mp4', folder.file('work/inputs/b')]) {
      assert.equal(await probes(starter, `file:${file}`), false, file);
    }
  });
});
