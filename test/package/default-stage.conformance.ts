import { after, before } from 'node:test';
import { packaged } from '../deploy/default-stage/package.ts';
// One package for both: it takes 18 CPU seconds.
import '../deploy/default-stage/bundle.ts';
import '../deploy/default-stage/template.ts';

before(packaged);
after(async () => (await packaged())[Symbol.dispose]());
