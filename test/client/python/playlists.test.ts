import { testPythonModules } from './modules.ts';

testPythonModules('playlists');
