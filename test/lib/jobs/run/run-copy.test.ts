import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { AttemptWatch } from '#lib/jobs/run/run-tools.ts';
import { measure } from '../../../support/job-encoding.ts';
import { type FilmFolder, filmFolder, ramp, sound } from '../../../support/job-media.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';
import { fakeProgram } from './support/fakes.ts';
import { type Attempted, openWorkshop, type Workshop } from './support/workshop.ts';

let workshop: Workshop;
let films: FilmFolder;

before(async () => {
  workshop = await openWorkshop();
  films = await filmFolder();
});
after(async () => {
  await workshop?.[Symbol.asyncDispose]();
  await films?.[Symbol.asyncDispose]();
});

const X264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];

/** Three seconds with a key frame each second, which these parameters of x264 change. */
async function input(name: string, params: string): Promise<string> {
  const args = [...ramp(3), ...sound('0.3*sin(880*PI*t)', 3), ...X264, '-x264-params', params, '-c:a', 'aac'];
  return workshop.input(name, readFileSync(await films.make(name, [...args, '-f', 'matroska'])));
}

const KEYED = 'keyint=30:min-keyint=30:scenecut=0';

function outputOf({ outcome, log }: Attempted) {
  assert.ok(outcome.kind === 'completed', `${JSON.stringify(outcome)}\n${log}`);
  const [output] = outcome.result.outputs;
  assert.ok(output !== undefined);
  return output;
}

describe('an attempt that can copy', () => {
  it('copies picture and sound, and says so', async () => {
    const ran = await workshop.run({ inputs: { a: await input('keyed', KEYED) }, output: { format: 'mp4' } });
    const { video, audio, not_copied_because: because, duration_seconds: seconds, width, height } = outputOf(ran);
    assert.deepEqual(
      { video, audio, because, width, height },
      {
        ...{ video: 'copied', audio: 'copied', because: null, width: 64, height: 64 },
      },
    );
    assert.ok(Math.abs((seconds ?? 0) - 3) < 0.05, `${seconds} s`);
    assert.doesNotMatch(ran.command, /libx264|filter_complex/);
    assert.deepEqual(workshop.left().scratch, []);
  });

  it('copies a part that begins with a key frame, and encodes its sound', async () => {
    // The sound of Matroska begins before its picture: frame 30 is shown at 1.023 s.
    const part = { input: 'a', from: 1.023 };
    const steps = [{ op: 'concat', inputs: [part] }];
    const ran = await workshop.run({ inputs: { a: await input('keyed', KEYED) }, steps, output: { format: 'mp4' } });
    const { video, audio, not_copied_because: because } = outputOf(ran);
    assert.deepEqual([video, audio, because], ['copied', 'encoded', 'audio: sound is encoded at cuts']);
  });

  it('encodes a part that begins with a frame which only is marked as a key frame', async () => {
    // The picture is renewed by columns: no frame is coded by itself.
    const inputs = { a: await input('refreshed', 'intra-refresh=1:keyint=30:bframes=0:scenecut=0') };
    const { streams } = await measure(await films.make('refreshed', []));
    const [picture] = streams;
    const from = picture?.kind === 'picture' ? picture.cuts?.[1]?.seconds : undefined;
    assert.ok(from !== undefined);
    const steps = [{ op: 'concat', inputs: [{ input: 'a', from }] }];
    const ran = await workshop.run({ inputs, steps, output: { format: 'mp4' } });
    const { video, not_copied_because: because } = outputOf(ran);
    assert.equal(video, 'encoded');
    assert.match(because ?? '', /^video: the frame of inputs.a at [\d.]+ s needs earlier ones$/);
  });

  it('encodes when the copy is not as planned, and says so', async () => {
    using folder = scratchFolder();
    const script = `case "$*" in
      *'-c:v copy'*) exec "$FFMPEG" -t 1 "$@" ;;
      *) exec "$FFMPEG" "$@" ;;
    esac`;
    const ffmpeg = fakeProgram(folder, 'ffmpeg', script);
    const request = { inputs: { a: await input('keyed', KEYED) }, output: { format: 'mp4' } };
    const seen: string[] = [];
    const watch: AttemptWatch = {
      expect: () => undefined,
      planned: () => void seen.push('planned'),
      begun: ({ name, weight }) => void seen.push(`${name}: ${weight.frames} frames`),
      encoded: () => undefined,
    };
    const ran = await workshop.run(request, { ffmpeg, watch });
    // What watches the work counts anew.
    assert.deepEqual(seen, ['planned', 'copy 1: 0 frames', 'planned', 'encode: 91 frames']);
    const { video, not_copied_because: because, duration_seconds: seconds } = outputOf(ran);
    assert.deepEqual([video, seconds], ['encoded', 3.033]);
    assert.match(because ?? '', /^video: a copy was tried: the result is not as planned: frames 3\d, not 90$/);
    const demanded = { ...request, output: { format: 'mp4', video_codec: 'copy' } };
    const { outcome } = await workshop.run(demanded, { ffmpeg });
    assert.ok(outcome.kind === 'failed' && !outcome.retry);
    assert.match(outcome.error.message, /^the picture cannot be copied: a copy was tried/);
  });
});
