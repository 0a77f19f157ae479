import { describe, expect, it } from 'vitest';

import { appliedOf, terminalWords } from './terminal';

describe('a foreign voltage', () => {
  it('is a number from 0 to 30, or nothing', () => {
    expect(appliedOf('12')).toBe(12);
    expect(appliedOf(' 0,5 ')).toBe(0.5);
    expect(appliedOf('30')).toBe(30);
    expect(appliedOf('')).toBeNull();
  });

  it('is nothing else', () => {
    for (const typed of ['30.1', '-1', '1e1', 'twelve', '.', '0x10']) expect(appliedOf(typed)).toBeUndefined();
  });
});

describe('the words for a terminal', () => {
  it('tell what an input reads', () => {
    const sim = { voltage_v: 1.65, closed: false, output: null, lamp: false } as const;
    expect(terminalWords(sim)).toBe('The input reads open, 1.65 V.');
    expect(terminalWords({ ...sim, closed: true, voltage_v: 0 })).toBe('The input reads closed, 0.00 V.');
  });

  it('tell what an output does and whether its lamp is lit', () => {
    const sim = { voltage_v: 0, closed: true, output: 'closed', lamp: true } as const;
    expect(terminalWords(sim)).toBe('The output is connected to ground, 0.00 V; the lamp is lit.');
    expect(terminalWords({ ...sim, output: 'floating', lamp: false, voltage_v: 12 })).toContain('floating, 12.00 V');
  });
});
