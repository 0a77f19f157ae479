import { expect, it } from 'vitest';

import { bytes, capital, clock, duration, kilohertz, markOf, momentOf, uptime, withMoments } from './format';

it('shows durations as players do', () => {
  expect([clock(0), clock(7.4), clock(750), clock(3723)]).toEqual(['0:00', '0:07', '12:30', '1:02:03']);
  expect([duration(0.42), duration(9.94), duration(10)]).toEqual(['0.4 s', '9.9 s', '0:10']);
});

it('shows sizes and rates in one glance', () => {
  expect([bytes(912), bytes(48210), bytes(1_340_000)]).toEqual(['912 B', '48 kB', '1.3 MB']);
  expect([kilohertz(44100), kilohertz(8000), kilohertz(11025)]).toEqual([
    '44.1 kHz',
    '8 kHz',
    '11.03 kHz',
  ]);
});

it('shows how long the unit has been running by its two largest units', () => {
  expect(uptime(0.4)).toBe('just started');
  expect(uptime(61)).toBe('1 minute, 1 second');
  expect(uptime(7200)).toBe('2 hours');
  expect(uptime(3 * 86400 + 4 * 3600 + 59)).toBe('3 days, 4 hours');
});

it('begins a line with a capital', () => {
  expect([capital('locate device'), capital('Über'), capital('')]).toEqual(['Locate device', 'Über', '']);
});

it('writes moments in a text as people read them', () => {
  const moment = momentOf(Date.UTC(2026, 10, 22, 19, 33, 23) / 1000);
  expect(withMoments('As it was at 2026-11-22T19:33:23Z.')).toBe(`As it was at ${moment}.`);
  expect(withMoments('Nothing of 2026-11-22.')).toBe('Nothing of 2026-11-22.');
});

it('tells the tests of one day apart by their times', () => {
  const at = (day: number, hour: number): number => new Date(2026, 10, day, hour, 5).getTime() / 1000;
  const [first, second, later] = [at(22, 9), at(22, 17), at(25, 17)] as const;
  expect(markOf(first, [first, second])).not.toBe(markOf(second, [first, second]));
  expect(markOf(first, [first, second])).toMatch(/05/);
  expect(markOf(first, [first, later])).toMatch(/22/);
  expect(markOf(second, [second, later])).not.toBe(markOf(later, [second, later]));
});
