import type { SimPort } from '../api/types';

/** The most that may be put on a terminal. */
const MOST_V = 30;

/** The voltage that was typed: null for none, undefined for what is no voltage a terminal bears. */
export function appliedOf(typed: string): number | null | undefined {
  const text = typed.trim().replace(',', '.');
  if (text === '') return null;
  if (!/^\d+(\.\d+)?$/.test(text)) return undefined;
  const volts = Number(text);
  return volts <= MOST_V ? volts : undefined;
}

/** How a terminal fares, for those who cannot see the drawing. */
export function terminalWords(sim: Pick<SimPort, 'voltage_v' | 'closed' | 'output' | 'lamp'>): string {
  const voltage = `${sim.voltage_v.toFixed(2)} V`;
  if (sim.output === null) return `The input reads ${sim.closed ? 'closed' : 'open'}, ${voltage}.`;
  const drain = sim.output === 'closed' ? 'connected to ground' : 'floating';
  return `The output is ${drain}, ${voltage}; the lamp is ${sim.lamp ? 'lit' : 'dark'}.`;
}
