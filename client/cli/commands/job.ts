import type { CommandGroup } from '../arguments/command.ts';
import { audio } from './jobs/audio.ts';
import { concat } from './jobs/concat.ts';
import { cancel, list, logs, retry, show } from './jobs/control.ts';
import { convert } from './jobs/convert.ts';
import { get } from './jobs/get.ts';
import { packageFilm } from './jobs/package.ts';
import { pip } from './jobs/pip.ts';
import { probe } from './jobs/probe.ts';
import { submit } from './jobs/submit.ts';
import { subtitles } from './jobs/subtitles.ts';
import { text } from './jobs/text.ts';
import { thumbnail } from './jobs/thumbnail.ts';
import { trim } from './jobs/trim.ts';

/** `ffn job ACTION`. */
export const job: CommandGroup = {
  help: 'Make videos, and submit, follow and control video jobs',
  examples: ['concat intro.mp4 talk.mov -o film.mp4', 'submit film.json --wait -o film.mp4', 'list --status active'],
  actions: {
    concat,
    trim,
    convert,
    thumbnail,
    package: packageFilm,
    text,
    subtitles,
    pip,
    audio,
    probe,
    submit,
    list,
    show,
    cancel,
    retry,
    logs,
    get,
  },
};
