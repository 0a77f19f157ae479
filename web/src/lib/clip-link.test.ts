import { expect, it } from 'vitest';

import { clipLink } from './clip-link';

const base = { origin: 'https://192.0.2.7', location: '/etc/audioclips/alarm.mp3' };

it('plays once with repeat 0, because repeat counts the extra times', () => {
  expect(clipLink({ ...base, volumePercent: 100, times: 1 })).toBe(
    'https://192.0.2.7/axis-cgi/playclip.cgi?location=alarm.mp3&repeat=0&volume=100',
  );
});

it('counts times, not repetitions', () => {
  expect(clipLink({ ...base, volumePercent: 40, times: 3 })).toContain('&repeat=2&volume=40');
});

it('plays for ever with repeat -1', () => {
  expect(clipLink({ ...base, volumePercent: 0, times: null })).toContain('&repeat=-1&volume=0');
});

it('escapes what a file name may hold', () => {
  const link = clipLink({ ...base, location: 'a & b=c#d.wav', volumePercent: 100, times: 1 });
  expect(new URL(link).searchParams.get('location')).toBe('a & b=c#d.wav');
});

it('names class and priority only where they are not the usual ones', () => {
  const usual = { ...base, volumePercent: 100, times: 1 };
  expect(clipLink({ ...usual, class: 'announcement', priority: 0 })).toBe(clipLink(usual));
  const link = new URL(clipLink({ ...usual, class: 'page', priority: 7 }));
  expect([link.searchParams.get('class'), link.searchParams.get('priority')]).toEqual(['page', '7']);
});
