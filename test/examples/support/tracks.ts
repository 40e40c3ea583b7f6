import { answer, type HttpSource, serve, startHttpSource } from '../../support/http-source.ts';
import { createMediaFolder, type Sound } from '../../support/media.ts';

/** Serves each sound as `/NAME.mp3`, which holds FLAC, and garbage as `/corrupt.mp3`. */
export async function startTracks(sounds: Readonly<Record<string, Sound>>): Promise<HttpSource> {
  await using media = await createMediaFolder();
  const tracks = new Map<string, Buffer>();
  for (const [name, sound] of Object.entries(sounds))
    tracks.set(`/${name}.mp3`, await media.make(`${name}.flac`, sound, ['-ar', '48000', '-ac', '2']));
  tracks.set('/corrupt.mp3', Buffer.from('<html>no music here</html>'.repeat(100)));
  return await startHttpSource((request, response) => {
    const track = tracks.get(request.url ?? '');
    (track === undefined ? answer(404) : serve(track))(request, response);
  });
}
