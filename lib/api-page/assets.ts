import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import { acceptedCoding } from '#lib/http/accepted-type.ts';

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLESHEET = 'text/css; charset=utf-8';

/**
 * File of the page → its media type and its module. Node resolves the modules, in a clone and in a function's zip alike;
 * `package.patterns` in serverless.yml puts them into the zip.
 */
const ASSETS = {
  'swagger-ui.css': [STYLESHEET, () => import.meta.resolve('swagger-ui-dist/swagger-ui.css')],
  'theme.css': [STYLESHEET, () => import.meta.resolve('#lib/api-page/browser/theme.css')],
  'swagger-ui.js': [SCRIPT, () => import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js')],
  'start.js': [SCRIPT, () => import.meta.resolve('#lib/api-page/browser/start.js')],
  'audio-request.js': [SCRIPT, () => import.meta.resolve('#lib/api-page/browser/audio-request.js')],
  'last-ids.js': [SCRIPT, () => import.meta.resolve('#lib/api-page/browser/last-ids.js')],
  'plain-controls.js': [SCRIPT, () => import.meta.resolve('#lib/api-page/browser/plain-controls.js')],
  'response-headers.js': [SCRIPT, () => import.meta.resolve('#lib/api-page/browser/response-headers.js')],
  'searched-text.js': [SCRIPT, () => import.meta.resolve('#lib/api-page/browser/searched-text.js')],
  'navigation.js': [SCRIPT, () => import.meta.resolve('#lib/api-page/browser/navigation.js')],
  'audio-response.js': [SCRIPT, () => import.meta.resolve('#lib/api-page/browser/audio-response.js')],
  'accessible-names.js': [SCRIPT, () => import.meta.resolve('#lib/api-page/browser/accessible-names.js')],
} as const satisfies Readonly<Record<string, readonly [type: string, url: () => string]>>;

type AssetName = keyof typeof ASSETS;

export type Asset = {
  readonly type: string;
  readonly coding: 'br' | 'gzip' | undefined;
  /** The file from disk, compressed while it is read. */
  readonly body: Readable;
};

const HASH_CHARACTERS = 16;

/** A hash over all assets: their URLs change with their content. */
export async function assetsRelease(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of Object.keys(ASSETS) as AssetName[]) {
    hash.update(name);
    for await (const bytes of createReadStream(fileOf(name))) hash.update(bytes);
  }
  return hash.digest('hex').slice(0, HASH_CHARACTERS);
}

/** Opens an asset in the best content coding that the client takes; undefined for any other file. */
export function openAsset(name: string, acceptEncoding: string | undefined): Asset | undefined {
  if (!isAsset(name)) return undefined;
  const [type] = ASSETS[name];
  const coding = acceptedCoding(acceptEncoding, ['br', 'gzip']);
  const file = createReadStream(fileOf(name));
  if (coding === undefined) return { type, coding, body: file };
  const compressed = coding === 'br' ? createBrotliCompress(BROTLI) : createGzip();
  // An error destroys the compressed stream, whose reader is notified of it.
  pipeline(file, compressed, () => undefined);
  return { type, coding, body: compressed };
}

/** Within a tenth of the smallest size, in a thirtieth of the time. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

function isAsset(name: string): name is AssetName {
  return Object.hasOwn(ASSETS, name);
}

function fileOf(name: AssetName): string {
  const [, url] = ASSETS[name];
  return fileURLToPath(url());
}
