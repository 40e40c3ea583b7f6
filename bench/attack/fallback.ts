import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { answer, serve, startHttpSource } from '../../test/support/http-source.ts';
import { createMediaFolder, noise } from '../../test/support/media.ts';
import { scratchFolder } from '../../test/support/scratch-folder.ts';
import { type Attack, createChecks } from './attack.ts';
import { LOCAL_CLIENTS } from './local-clients.ts';

/** Sources that only the user's machine can reach, for a client whose service is down. */
export const FALLBACK: Attack = {
  about: 'the local ffmpeg of both clients opens no file, no address of this machine, and follows no redirect there',
  async run() {
    const checks = createChecks();
    await using media = await createMediaFolder();
    using folder = scratchFolder();
    const mp3 = await media.make('a.mp3', noise('pink', 1), ['-c:a', 'libmp3lame']);
    writeFileSync(folder.file('secret.mp3'), mp3);
    const file = pathToFileURL(folder.file('secret.mp3')).href;
    await using internal = await startHttpSource(serve(mp3));
    const targets = [file, internal.origin, `http://localhost:${internal.port}/`, `http://[::1]:${internal.port}/`];
    await using redirecting = await startHttpSource((request, response) => {
      const location = targets[Number(request.url?.slice(1))];
      (location === undefined ? serve(mp3) : answer(302, { location }))(request, response);
    });
    const networks = [redirecting.network];
    const forbidden = [
      ...targets,
      ...targets.map((_, index) => `${redirecting.origin}/${index}`),
      ...['0x7f.1', '2130706433', '127.1', '[::ffff:127.0.0.1]', '0.0.0.0'].map(
        (host) => `http://${host}:${internal.port}/`,
      ),
      `concat:${folder.file('secret.mp3')}`,
      folder.file('secret.mp3'),
      'http://169.254.169.254/latest/meta-data/',
    ];
    const sources = [...forbidden, `${redirecting.origin}/music`].map((source_url) => ({ source_url, networks }));
    for (const [name, client] of Object.entries(LOCAL_CLIENTS)) {
      const codes = await client(sources);
      forbidden.forEach((source, index) => {
        const code = codes[index] ?? null;
        checks.expect(code !== null, `${name}: ${source} was played`);
      });
      checks.expect(codes.at(-1) === null, `${name}: an allowed source was refused: ${codes.at(-1)}`);
    }
    checks.expect(internal.accepted() === 0, `${internal.accepted()} connections to a server of this machine`);
    return checks.result(`{checks} checks, clients in ${Object.keys(LOCAL_CLIENTS).join(' and ')}`);
  },
};
