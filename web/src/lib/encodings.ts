/** Which sample rates and bit rates an encoding can have, from the table the unit gives. */

import type { Encoders } from '../api/audio-types';

export interface StreamChoice {
  encoding: string;
  sampleRate: number;
  bitRate: number;
}

const LABELS: Record<string, string> = {
  g711: 'G.711 µ-law',
  g726: 'G.726',
  aac: 'AAC',
  opus: 'Opus',
  lpcm: 'LPCM, uncompressed',
};

export function encodingLabel(encoding: string): string {
  return LABELS[encoding.toLowerCase()] ?? encoding;
}

function entriesOf(encoders: Encoders, encoding: string): Encoders[string] {
  const name = Object.keys(encoders).find((key) => key.toLowerCase() === encoding.toLowerCase());
  return name === undefined ? [] : (encoders[name] ?? []);
}

export function sampleRates(encoders: Encoders, encoding: string): number[] {
  return entriesOf(encoders, encoding).map((entry) => entry.sample_rate);
}

export function bitRates(encoders: Encoders, encoding: string, sampleRate: number): number[] {
  return entriesOf(encoders, encoding).find((entry) => entry.sample_rate === sampleRate)?.bit_rates ?? [];
}

function nearest(values: readonly number[], wanted: number): number {
  const distance = (value: number): number => Math.abs(Math.log(value / wanted));
  return values.reduce((best, value) => (distance(value) < distance(best) ? value : best), values[0] ?? wanted);
}

/** The choice the table allows that is nearest to what is wanted. */
export function settled(encoders: Encoders, wanted: StreamChoice): StreamChoice {
  const sampleRate = nearest(sampleRates(encoders, wanted.encoding), wanted.sampleRate);
  const bitRate = nearest(bitRates(encoders, wanted.encoding, sampleRate), wanted.bitRate);
  return { encoding: wanted.encoding, sampleRate, bitRate };
}

/** "64 kbit/s", "1058.4 kbit/s". */
export function kilobits(bitRate: number): string {
  return `${Number((bitRate / 1000).toFixed(1))} kbit/s`;
}
