import { expect, it } from 'vitest';

import type { SourceState } from '../../api/audio-types';
import { lossWords, stateOf } from './states';

const figures = { played: 0, lost: 0, late: 0, delay_ms: 0 };
const source: SourceState = {
  id: 's',
  speaking: true,
  playback: 'a',
  encrypted: false,
  fault: null,
  figures,
};

function playing(state: 'playing' | 'ducked' | 'paused'): Parameters<typeof stateOf>[1] {
  return {
    ...{ id: 'a', what: 'Yard', clip: null, class: 'page', priority: 0, why: '' },
    ...{ state, gain_db: 0, position_s: 1, duration_s: null },
  };
}

it('says what a source does now', () => {
  const words = (state: 'playing' | 'ducked' | 'paused'): string => stateOf(source, playing(state)).words;
  expect([words('playing'), words('ducked'), words('paused')]).toEqual(['Playing', 'Ducked', 'Silenced']);
  expect(stateOf({ ...source, speaking: false }, undefined).words).toBe('Waiting');
  expect(stateOf({ ...source, fault: 'no key' }, playing('playing')).words).toBe('Fault');
});

it('says how much is lost', () => {
  expect(lossWords({ ...figures, played: 996, lost: 4, delay_ms: 199.6 })).toBe('0.4 % lost, 200 ms');
  expect(lossWords({ ...figures, played: 85, lost: 15 })).toBe('15 % lost, 0 ms');
  expect(lossWords(figures)).toBe('0 % lost, 0 ms');
});
