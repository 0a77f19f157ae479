import type { LevelSource } from '../../lib/level';
import { levels } from '../../state/levels.svelte';

/** The input as the detector hears it: 0 to 1 where a level in dB would be. */
export const soundLevels: LevelSource = {
  hear: (ear) =>
    levels.follow(({ input }) => {
      const part = input.on ? input.level / 100 : 0;
      ear({ peakDb: part, rmsDb: part });
    }),
};
