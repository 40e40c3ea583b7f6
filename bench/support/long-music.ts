import { createMediaFolder, noise } from '../../test/support/media.ts';

/** Returns an MP3 of noise as long as a radio programme, minute for minute the same. */
export async function longMusic(minutes: number): Promise<Buffer> {
  await using media = await createMediaFolder();
  const coding = ['-c:a', 'libmp3lame', '-b:a', '64k', '-write_xing', '0'];
  const minute = await media.make('a.mp3', noise('pink', 60), coding);
  return Buffer.concat(Array.from({ length: minutes }, () => minute));
}
