import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withLocalNames } from '../../../client/cli/output/package-texts.ts';

const OWN = 'https://example.org/api/jobs/1/files/web';

describe('a playlist that is downloaded', () => {
  it('names its files without the signatures, which are kept for the download', () => {
    const signed = 'https://s3.example.org/own/jobs/1/720p.mp4?X-Amz-Signature=5ec2e7';
    const lines = ['#EXTM3U', `#EXT-X-MAP:URI="${signed}",BYTERANGE="700@0"`, '#EXT-X-BYTERANGE:90@700', signed, ''];
    const { text, files } = withLocalNames(lines.join('\n'), `${OWN}/720p.m3u8?token=t`);
    assert.equal(text, lines.join('\n').replaceAll(signed, '720p.mp4'));
    assert.deepEqual([...files], [['720p.mp4', signed]]);
  });

  it('finds playlists beside itself, with their tokens', () => {
    const { text, files } = withLocalNames('#EXTM3U\n720p.m3u8?token=p\n', `${OWN}/master.m3u8?token=t`);
    assert.equal(text, '#EXTM3U\n720p.m3u8\n');
    assert.deepEqual([...files], [['720p.m3u8', `${OWN}/720p.m3u8?token=p`]]);
  });

  it('may be a manifest, whose URLs are escaped', () => {
    const manifest = '<MPD><BaseURL>https://s3.example.org/a/audio.mp4?x=1&amp;y=2</BaseURL></MPD>';
    const { text, files } = withLocalNames(manifest, `${OWN}/manifest.mpd`);
    assert.equal(text, '<MPD><BaseURL>audio.mp4</BaseURL></MPD>');
    assert.deepEqual([...files], [['audio.mp4', 'https://s3.example.org/a/audio.mp4?x=1&y=2']]);
  });

  it('is refused when it names what is no file in the folder', () => {
    for (const uri of ['..', 'a/', '.hidden', '%2e%2e%2fx', 'a%2Fb.mp4', 'https://s3.example.org/'])
      assert.throws(() => withLocalNames(`#EXTM3U\n${uri}\n`, `${OWN}/a.m3u8`), { code: 'UNAVAILABLE' }, uri);
  });
});
