import { testPythonModules } from './modules.ts';

testPythonModules('cut-streams');
