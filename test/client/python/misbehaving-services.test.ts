import { testPythonModules } from './modules.ts';

testPythonModules('misbehaving-services');
