import type { Clip } from '../api/types';

/** Further than this from the target and one hears it. */
const HEARD_LU = 1;

type Measured = Pick<Clip, 'loudness_lufs' | 'deviation_lu'>;

export interface LoudnessWords {
  /** How loud the file is. */
  recorded: string;
  /** How it is played, where that is worth a word. */
  played: string;
  /** It is played further from the target than one would like. */
  away: boolean;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}

/** What the measurements of a clip say to a person. */
export function loudnessWords({ loudness_lufs, deviation_lu }: Measured): LoudnessWords {
  if (loudness_lufs === null) return { recorded: 'Too quiet to measure', played: '', away: false };
  const recorded = `${loudness_lufs.toFixed(1).replace('-', '−')} LUFS`;
  if (deviation_lu === null) return { recorded, played: 'as recorded', away: false };
  const away = Math.abs(deviation_lu) > HEARD_LU;
  return { recorded, played: away ? `${signed(deviation_lu)} LU from the target` : 'on target', away };
}
