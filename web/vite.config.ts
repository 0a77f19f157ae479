import { svelte } from '@sveltejs/vite-plugin-svelte';
import { optimizeCss } from 'carbon-preprocess-svelte';
import { loadEnv } from 'vite';
import { defineConfig } from 'vitest/config';

import { carbonWithoutExtras } from './carbon-css.ts';
import { precompressed } from './precompressed.ts';

export default defineConfig(({ mode }) => {
  // The unit that `npm run dev` talks to: any running suite.
  const target = loadEnv(mode, '.', 'C8210')['C8210_UNIT'] ?? 'https://127.0.0.1:8443';
  const unit = { target, secure: false, changeOrigin: true, ws: true };

  return {
    plugins: [carbonWithoutExtras(), svelte(), optimizeCss({ silent: true }), precompressed()],
    build: {
      target: 'es2022',
      // A data: URL would need its own hole in the content security policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // On a busy machine each build would advise to profile it.
      rolldownOptions: { checks: { bundlerTimings: false } },
    },
    server: {
      proxy: { '/api': unit, '/axis-cgi': unit, '/sim': unit },
    },
    test: { include: ['src/**/*.test.ts'] },
  };
});
