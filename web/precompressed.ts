import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXT = /\.(?:css|html|js|svg)$/;
const pack = promisify(gzip);

/** Writes each text file once more, packed as small as it gets: the unit's nginx sends these as they are. */
export function precompressed(): Plugin {
  let folder = '';
  return {
    name: 'precompressed',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      const files = await readdir(folder, { recursive: true });
      for (const file of files.filter((name) => TEXT.test(name))) {
        const packed = await pack(await readFile(join(folder, file)), { level: 9 });
        await writeFile(join(folder, `${file}.gz`), packed);
      }
    },
  };
}
