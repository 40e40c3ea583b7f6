import { EQ_PRESETS, EQUALIZER_BANDS, equalizerSections } from '#lib/filters/equalizer.ts';

/** Returns all sections of the equaliser, each with its gain in each preset, or the band whose gain it has. */
export function sections() {
  const ofPreset = EQ_PRESETS.map((eqPreset) => ({
    eqPreset,
    sections: equalizerSections({ eqPreset, equalizer: undefined }, Number.POSITIVE_INFINITY),
  }));
  const bands = EQUALIZER_BANDS.map((_, band) => band + 1);
  return equalizerSections({ eqPreset: 'flat', equalizer: bands }, Number.POSITIVE_INFINITY).map(
    ({ name, options, gain, reach }) => {
      const presets = ofPreset.flatMap(({ eqPreset, sections: made }) => {
        const presetGain = made.find((section) => section.name === name)?.gain ?? 0;
        return presetGain === 0 ? [] : [[eqPreset, presetGain] as const];
      });
      return { name, options, reach, presets: Object.fromEntries(presets), band: gain === 0 ? null : gain - 1 };
    },
  );
}
