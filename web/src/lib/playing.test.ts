import { expect, it } from 'vitest';

import type { Clip, Playing } from '../api/types';
import { clipOf } from './playing';

function clip(number: number, location: string): Clip {
  return {
    clip: number,
    location,
    name: `Clip ${number}`,
    factory: false,
    format: 'wav',
    duration_s: 1,
    sample_rate_hz: 8000,
    channels: 1,
    size: 1,
    loudness_lufs: null,
    true_peak_dbtp: null,
    gain_db: 0,
    deviation_lu: null,
    short: true,
    sha256: '',
  };
}

function playback(what: string, clip: number | null): Playing {
  const state = { class: 'page', priority: 0, state: 'playing', gain_db: 0 } as const;
  return { id: 'a', what, clip, ...state, position_s: 0, duration_s: 1, why: '' };
}

it('knows a playback of a clip by its number', () => {
  const clips = [clip(0, '/etc/audioclips/MediaClip.M0.wav'), clip(31, '/etc/audioclips/alarm.mp3')];
  expect(clipOf(playback('Alarm', 31), clips)?.clip).toBe(31);
  expect(clipOf(playback('locate device', null), clips)).toBeUndefined();
});
