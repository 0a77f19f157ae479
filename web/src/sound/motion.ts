const wish = window.matchMedia('(prefers-reduced-motion: reduce)');

/** Whether a person wants pictures that stand still as far as they can. */
export const motion = {
  /** How often a picture of something live is drawn anew for them. */
  calmMs: 500,
  get reduced(): boolean {
    return wish.matches;
  },
};
