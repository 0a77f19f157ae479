import { expect, it } from 'vitest';

import { loudnessWords } from './loudness';

it('says how loud a clip is and how it is played', () => {
  expect(loudnessWords({ loudness_lufs: -31.24, deviation_lu: 0 })).toEqual({
    recorded: '−31.2 LUFS',
    played: 'on target',
    away: false,
  });
  expect(loudnessWords({ loudness_lufs: -40, deviation_lu: -4.26 })).toEqual({
    recorded: '−40.0 LUFS',
    played: '−4.3 LU from the target',
    away: true,
  });
});

it('does not promise what is not aimed at or not measured', () => {
  expect(loudnessWords({ loudness_lufs: -12, deviation_lu: null }).played).toBe('as recorded');
  expect(loudnessWords({ loudness_lufs: null, deviation_lu: null }).recorded).toContain('Too quiet');
});
