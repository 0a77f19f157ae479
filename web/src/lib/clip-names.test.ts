import { expect, it } from 'vitest';

import { nameAmong } from './clip-names';

it('tells clips of one name apart, and leaves other names alone', () => {
  const clips = [
    { clip: 1, name: 'Clicks', format: 'au' },
    { clip: 2, name: 'Clicks', format: 'mp3' },
    { clip: 3, name: 'Bell', format: 'mp3' },
    { clip: 4, name: 'Siren', format: 'mp3' },
    { clip: 5, name: 'Siren', format: 'mp3' },
  ];
  expect(clips.map((clip) => nameAmong(clip, clips))).toEqual([
    'Clicks (AU)',
    'Clicks (MP3)',
    'Bell',
    'Siren (4)',
    'Siren (5)',
  ]);
});
