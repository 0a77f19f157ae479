/** The quietest level a meter shows, in dB below full scale. */
export const METER_FLOOR_DB = -60;

const FALL_DB_PER_S = 24;
const HOLD_S = 1.2;

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

/** Something whose level can be followed; `hear` answers how to stop. */
export interface LevelSource {
  hear: (ear: (level: Level) => void) => () => void;
}

/** What a meter shows: the peak falling slowly, its highest mark held a while, and the effective level. */
export class Needle {
  peakDb = METER_FLOOR_DB;
  rmsDb = METER_FLOOR_DB;
  heldDb = METER_FLOOR_DB;
  #level: Level = { peakDb: METER_FLOOR_DB, rmsDb: METER_FLOOR_DB };
  #heldUntilS = 0;
  #atS = 0;

  push(level: Level): void {
    this.#level = level;
  }

  /** Move on to a moment, in seconds; tells whether anything moves still. */
  move(nowS: number): boolean {
    const elapsedS = Math.min(Math.max(nowS - this.#atS, 0), 1);
    this.#atS = nowS;
    this.peakDb = meterFall(this.peakDb, this.#level.peakDb, elapsedS);
    this.rmsDb = meterFall(this.rmsDb, this.#level.rmsDb, elapsedS);
    if (this.peakDb >= this.heldDb) {
      this.heldDb = this.peakDb;
      this.#heldUntilS = nowS + HOLD_S;
    } else if (nowS > this.#heldUntilS) {
      this.heldDb = meterFall(this.heldDb, this.peakDb, elapsedS);
    }
    const highest = Math.max(this.peakDb, this.rmsDb, this.heldDb);
    return highest > Math.max(METER_FLOOR_DB, this.#level.peakDb, this.#level.rmsDb);
  }
}

/** "−12.3 dBFS", or that there is nothing to hear. */
export function levelWords(levelDb: number): string {
  if (levelDb <= METER_FLOOR_DB) return 'Silent';
  return `${levelDb.toFixed(1).replace('-', '−')} dBFS`;
}

/** "+3 dB", "−12.5 dB", "0 dB": a gain or a change of one. */
export function gainWords(gainDb: number): string {
  const rounded = Math.round(gainDb * 10) / 10;
  if (rounded === 0) return '0 dB';
  return `${rounded > 0 ? '+' : '−'}${Math.abs(rounded)} dB`;
}
