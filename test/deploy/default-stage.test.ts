import { after, before } from 'node:test';
import { packaged } from './default-stage/package.ts';
// One package for both: it takes 18 CPU seconds.
import './default-stage/bundle.ts';
import './default-stage/template.ts';

before(packaged);
after(async () => (await packaged())[Symbol.dispose]());
