/** The quietest level a meter shows, in dB below full scale. */
export const METER_FLOOR_DB = -60;

const FALL_DB_PER_S = 24;

export interface Level {
  peakDb: number;
  rmsDb: number;
}

function decibels(amplitude: number): number {
  return amplitude > 0 ? Math.max(METER_FLOOR_DB, 20 * Math.log10(amplitude)) : METER_FLOOR_DB;
}

/** Peak and effective level of a block of samples. */
export function levelOf(samples: Float32Array): Level {
  let peak = 0;
  let energy = 0;
  for (const sample of samples) {
    const magnitude = Math.abs(sample);
    if (magnitude > peak) peak = magnitude;
    energy += sample * sample;
  }
  const rms = samples.length > 0 ? Math.sqrt(energy / samples.length) : 0;
  return { peakDb: decibels(peak), rmsDb: decibels(rms) };
}

/** A meter's needle: up at once, down slowly enough to be read. */
export function meterFall(shownDb: number, levelDb: number, elapsedS: number): number {
  return Math.max(levelDb, METER_FLOOR_DB, shownDb - FALL_DB_PER_S * elapsedS);
}

/** Where a level stands on the meter, 0 at the floor and 1 at full scale. */
export function meterPosition(levelDb: number): number {
  return Math.min(1, Math.max(0, 1 - levelDb / METER_FLOOR_DB));
}
