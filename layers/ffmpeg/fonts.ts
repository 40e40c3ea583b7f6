import { FONTS_DEJAVU, FONTS_NOTO, FONTS_SYMBOLA, FONTS_WQY_MICROHEI } from '../builder/text-sources.ts';

const FILES = [
  {
    source: FONTS_DEJAVU,
    folder: 'truetype/dejavu',
    fonts: ['Sans', 'Sans-Bold', 'SansMono', 'SansMono-Bold', 'Serif', 'Serif-Bold'].map((face) => `DejaVu${face}.ttf`),
  },
  {
    source: FONTS_NOTO,
    folder: 'truetype/noto',
    fonts: ['Arabic-Regular', 'Arabic-Bold', 'Hebrew-Regular', 'Hebrew-Bold', 'Devanagari-Regular', 'Thai-Regular'].map(
      (face) => `NotoSans${face}.ttf`,
    ),
  },
  { source: FONTS_WQY_MICROHEI, folder: 'truetype/wqy', fonts: ['wqy-microhei.ttc'] },
  // Outlines: libass and drawtext cannot draw the bitmaps of the usual colour fonts.
  { source: FONTS_SYMBOLA, folder: 'truetype/ancient-scripts', fonts: ['Symbola_hint.ttf'] },
];

/** Debian's packages of the fonts. */
export const FONT_PACKAGES = FILES.map(({ source }) => source);

/**
 * The fonts and their licences: Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai, Chinese, Japanese, Korean, and
 * symbols and emoji.
 */
export const FONT_FILES = FILES.flatMap(({ source: { name }, folder, fonts }) => [
  ...fonts.map((font) => ({
    from: `src/${name}/usr/share/fonts/${folder}/${font}`,
    to: `share/fonts/${font}`,
  })),
  { from: `src/${name}/usr/share/doc/${name}/copyright`, to: `licences/${name}/copyright` },
]);

/** The name of each package, and the files that it installs on Debian. */
export const INSTALLED_FONTS = FILES.map(({ source: { name }, folder, fonts }) => ({
  name,
  files: fonts.map((font) => `/usr/share/fonts/${folder}/${font}`),
}));
