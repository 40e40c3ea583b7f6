import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { platformPath } from '#lib/ffmpeg/candidates.ts';
import { INSTALLED_FONTS } from '../../layers/ffmpeg/fonts.ts';
import { provideFonts } from '../../local/provide-fonts.ts';

const ALL = INSTALLED_FONTS.map(({ name }) => name);

/** Runs the set-up of fonts on a machine with these files, where installing a package adds its files. */
function onMachine(files: readonly string[], { installs = true, canInstall = true } = {}) {
  const there = new Set(files);
  const installed: string[] = [];
  const said: string[] = [];
  const install = (packages: readonly string[]): void => {
    installed.push(...packages);
    for (const { name, files: added } of INSTALLED_FONTS)
      if (installs && packages.includes(name)) for (const file of added) there.add(file);
  };
  provideFonts({
    install: canInstall ? install : undefined,
    say: (line) => said.push(line),
    exists: (file) => there.has(file),
  });
  return { installed, said };
}

describe('the set-up of fonts', () => {
  it('installs the packages of the full layer’s fonts, and says so', () => {
    const { installed, said } = onMachine([]);
    assert.deepEqual(installed, ALL);
    assert.deepEqual(said, [`installing fonts for text in videos (apt-get install ${ALL.join(' ')})`]);
    assert.ok(ALL.includes('fonts-symbola') && ALL.includes('fonts-noto-core'));
  });

  it('installs only those that are missing', () => {
    const [first, ...others] = INSTALLED_FONTS;
    const { installed } = onMachine(others.flatMap(({ files }) => files));
    assert.deepEqual(installed, [first?.name]);
    assert.deepEqual(onMachine(INSTALLED_FONTS.flatMap(({ files }) => files)), { installed: [], said: [] });
  });

  it('does nothing where the full layer is, or where nothing can be installed', () => {
    assert.deepEqual(onMachine([platformPath('ffmpeg')]), { installed: [], said: [] });
    assert.deepEqual(onMachine([], { canInstall: false }), { installed: [], said: [] });
  });

  it('goes on when the packages cannot be installed, and says what is missing', () => {
    const { said } = onMachine([], { installs: false });
    assert.match(said.at(-1) ?? '', /^without fonts-dejavu-core .*, some scripts and emoji are missing/);
  });
});
