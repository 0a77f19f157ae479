import { describe, expect, it } from 'vitest';

import type { SupervisedRange } from '../api/port-types';
import {
  activeWords,
  circuitWords,
  driveAction,
  pinOf,
  pulseAction,
  rangeWords,
  refusalWords,
  scaleOf,
  stateOf,
  supervisedWords,
  titleOf,
  volts,
} from './ports';

const RANGES: SupervisedRange[] = [
  { state: 'cut', lowerlimit: 2751, upperlimit: 30_000 },
  { state: 'open', lowerlimit: 1921, upperlimit: 2750 },
  { state: 'close', lowerlimit: 801, upperlimit: 1920 },
  { state: 'short', lowerlimit: 0, upperlimit: 800 },
];

describe('the state of a port', () => {
  it('is active when it is not the normal one, and says so in words', () => {
    const port = { state: 'closed', active: true, supervised_state: '' } as const;
    expect(stateOf(port)).toEqual({ words: 'Active', kind: 'active', circuit: 'Closed circuit' });
    expect(stateOf({ ...port, state: 'open', active: false })).toEqual({
      words: 'Inactive',
      kind: 'inactive',
      circuit: 'Open circuit',
    });
  });

  it('tells a cut or shorted cable before anything else', () => {
    expect(stateOf({ state: 'open', active: false, supervised_state: 'cut' }).words).toBe('Cut');
    expect(stateOf({ state: 'closed', active: true, supervised_state: 'short' }).kind).toBe('tampered');
    expect(stateOf({ state: 'closed', active: true, supervised_state: 'close' }).kind).toBe('active');
  });

  it('has words for every circuit', () => {
    expect(circuitWords('open')).toBe('Open circuit');
    expect(supervisedWords('short')).toBe('Shorted');
  });
});

describe('what a port is called', () => {
  it('is its name, or its number', () => {
    expect(titleOf({ port: 0, name: 'Door' })).toBe('Door');
    expect(titleOf({ port: 1, name: ' ' })).toBe('Port 2');
  });

  it('goes with pins 3 and 4', () => {
    expect([pinOf(0), pinOf(1)]).toEqual([3, 4]);
  });
});

describe('the scale of levels', () => {
  it('puts the ranges in order and cuts the last one short', () => {
    const scale = scaleOf(RANGES);
    expect(scale?.parts.map((part) => part.state)).toEqual(['short', 'close', 'open', 'cut']);
    expect(scale?.parts[0]?.from).toBe(0);
    expect(scale?.parts[3]?.from).toBeCloseTo(80);
    expect(scale?.parts[3]?.to).toBe(100);
  });

  it('places a level, and one beyond its end at the end', () => {
    const scale = scaleOf(RANGES);
    expect(scale?.place(1650)).toBeCloseTo(48, 0);
    expect(scale?.place(12_000)).toBe(100);
    expect(scale?.place(-20)).toBe(0);
  });

  it('is none without ranges', () => {
    expect(scaleOf([])).toBeNull();
    expect(scaleOf([{ state: 'short', lowerlimit: 0, upperlimit: 30_000 }])).toBeNull();
  });

  it('has words', () => {
    expect(volts(1650)).toBe('1.65 V');
    expect(RANGES.map(rangeWords)).toEqual([
      'above 2.75 V',
      '1.92 V to 2.75 V',
      '0.80 V to 1.92 V',
      '0.00 V to 0.80 V',
    ]);
  });
});

describe('what moves an output', () => {
  it('is written as port.cgi reads it, which counts from 1', () => {
    expect(driveAction(0, true)).toBe('1:/');
    expect(driveAction(1, false)).toBe('2:\\');
    expect(pulseAction(1, 500)).toBe('2:/500\\');
  });
});

describe('virtual inputs', () => {
  it('are told by their numbers while they are few', () => {
    const inputs = new Array<boolean>(64).fill(false);
    expect(activeWords(inputs)).toBe('none active');
    inputs[4] = true;
    expect(activeWords(inputs)).toBe('number 5 active');
    inputs[2] = true;
    inputs[63] = true;
    expect(activeWords(inputs)).toBe('numbers 3, 5 and 64 active');
    expect(activeWords(new Array<boolean>(64).fill(true))).toBe('64 of them active');
  });
});

describe('a refusal', () => {
  it('says what was not saved, why, and what to do', () => {
    expect(refusalWords('normalState', 'is not open or closed.')).toBe(
      'The normal state was not saved: is not open or closed. Choose another one and try again.',
    );
    expect(refusalWords(undefined, 'no')).toContain('The change was not saved: no.');
  });
});
