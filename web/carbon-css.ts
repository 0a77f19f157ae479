import type { Plugin } from 'vite';

const FONT_FACES = /@font-face\s*\{[^}]*\}/g;
const UNUSED_THEMES = /:root\[theme=(?:g80|g90)\]\s*\{[^}]*\}/g;

/** Takes Carbon's remote font faces and the themes we do not offer out of its stylesheet. */
export function carbonWithoutExtras(): Plugin {
  return {
    name: 'carbon-without-extras',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('carbon-components-svelte/css/')) return null;
      const css = code.replace(FONT_FACES, '').replace(UNUSED_THEMES, '');
      if (css.includes('url(http')) this.error('Carbon loads something from another host');
      return { code: css, map: null };
    },
  };
}
