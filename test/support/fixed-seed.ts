import fc from 'fast-check';

/** Makes property tests use the same examples in every run; SEED=… selects others. */
fc.configureGlobal({ seed: Number(process.env['SEED'] ?? 20_261_121) });
