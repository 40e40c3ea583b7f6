import fc from 'fast-check';

/** The same examples in every run, so that a failure is one of the change under test; SEED=… looks at others. */
fc.configureGlobal({ seed: Number(process.env['SEED'] ?? 20_261_121) });
