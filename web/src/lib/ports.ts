import type { Circuit, Port, SupervisedRange, SupervisedState } from '../api/port-types';

/** How a state is shown: by its colour, and always in words too. */
export interface PortWords {
  words: string;
  kind: 'inactive' | 'active' | 'tampered';
  /** What the circuit is like. */
  circuit: string;
}

const SUPERVISED_WORDS: Record<SupervisedState, string> = {
  short: 'Shorted',
  close: 'Closed',
  open: 'Open',
  cut: 'Cut',
};

export function circuitWords(circuit: Circuit): string {
  return circuit === 'open' ? 'Open circuit' : 'Closed circuit';
}

export function supervisedWords(state: SupervisedState): string {
  return SUPERVISED_WORDS[state];
}

/** The pin of the I/O connector that a port is at: the ports follow ground and the power out. */
export function pinOf(port: number): number {
  return port + 3;
}

/** What a port is called: by its name, or by its number where it has none. */
export function titleOf(port: Pick<Port, 'port' | 'name'>): string {
  return port.name.trim() || `Port ${port.port + 1}`;
}

/** The current state of a port: activated when it is not the normal one, tampered with when cut or shorted. */
export function stateOf(port: Pick<Port, 'state' | 'active' | 'supervised_state'>): PortWords {
  const state = port.supervised_state;
  if (state === 'cut') return { words: 'Cut', kind: 'tampered', circuit: 'The cable to the device is cut' };
  if (state === 'short') return { words: 'Shorted', kind: 'tampered', circuit: 'The cable to the device is shorted' };
  return {
    words: port.active ? 'Active' : 'Inactive',
    kind: port.active ? 'active' : 'inactive',
    circuit: circuitWords(port.state),
  };
}

/** "1.65 V". */
export function volts(millivolts: number): string {
  return `${(millivolts / 1000).toFixed(2)} V`;
}

/** "1.92 V to 2.75 V", or "above 2.75 V" for what has no end that matters. */
export function rangeWords(range: SupervisedRange): string {
  return range.state === 'cut'
    ? `above ${volts(range.lowerlimit)}`
    : `${volts(range.lowerlimit)} to ${volts(range.upperlimit)}`;
}

export interface ScalePart {
  state: SupervisedState;
  /** From where to where on the scale, in percent. */
  from: number;
  to: number;
}

export interface Scale {
  parts: ScalePart[];
  /** Where a level stands on the scale, in percent; above its end it stands at the end. */
  place: (millivolts: number) => number;
}

/** The ranges as a scale to draw; the uppermost one is cut short, because it reaches to what the terminal bears. */
export function scaleOf(ranges: readonly SupervisedRange[]): Scale | null {
  const sorted = [...ranges].sort((a, b) => a.lowerlimit - b.lowerlimit);
  const last = sorted.at(-1);
  if (!last || last.lowerlimit <= 0) return null;
  const end = Math.min(last.upperlimit, last.lowerlimit * 1.25);
  const place = (millivolts: number): number => Math.min(100, Math.max(0, (100 * millivolts) / end));
  return {
    parts: sorted.map((range) => ({
      state: range.state,
      from: place(range.lowerlimit),
      to: place(range.upperlimit),
    })),
    place,
  };
}

/** How an output is taken to its active state for a while, in the syntax of port.cgi; ports count from 1 there. */
export function pulseAction(port: number, milliseconds: number): string {
  return `${port + 1}:/${milliseconds}\\`;
}

/** How an output is activated or deactivated, in the syntax of port.cgi. */
export function driveAction(port: number, active: boolean): string {
  return `${port + 1}:${active ? '/' : '\\'}`;
}

/** "none active", "number 5 active", "numbers 3, 5 and 7 active": which virtual inputs are. */
export function activeWords(inputs: readonly boolean[]): string {
  const numbers = inputs.flatMap((active, index) => (active ? [index + 1] : []));
  if (numbers.length === 0) return 'none active';
  if (numbers.length > 5) return `${numbers.length} of them active`;
  const last = numbers.at(-1);
  if (numbers.length === 1) return `number ${last} active`;
  return `numbers ${numbers.slice(0, -1).join(', ')} and ${last} active`;
}

const PROPERTY_WORDS: Record<string, string> = {
  name: 'name',
  direction: 'direction',
  normalState: 'normal state',
  state: 'current state',
  usage: 'usage',
};

/** What to tell when the unit refused a property of a port; `reason` as the unit says it. */
export function refusalWords(property: string | undefined, reason: string): string {
  const what = property === undefined ? 'change' : (PROPERTY_WORDS[property] ?? property);
  const why = reason.trim().replace(/\.$/, '');
  return `The ${what} was not saved: ${why}. Choose another one and try again.`;
}
