import { describe, expect, it } from 'vitest';

import { clipFileProblem, clipNameOf, refusalWords } from './clip-files';

describe('clipFileProblem', () => {
  it.each(['a.au', 'a.MP3', 'a.opus', 'a.vorbis', 'a.ogg', 'a.b.wav'])('lets %s go', (name) => {
    expect(clipFileProblem({ name, size: 10 }, 10)).toBeNull();
  });

  it.each(['a', 'a.flac', 'wav', 'a.wav.exe'])('stops %s and names the formats', (name) => {
    expect(clipFileProblem({ name, size: 10 }, 10)).toContain('.vorbis');
  });

  it('stops what is empty or too large', () => {
    expect(clipFileProblem({ name: 'a.wav', size: 0 }, 10)).toContain('empty');
    expect(clipFileProblem({ name: 'a.wav', size: 10 * 1024 * 1024 }, 10)).toBeNull();
    expect(clipFileProblem({ name: 'a.wav', size: 10 * 1024 * 1024 + 1 }, 10)).toContain('10 MB');
    expect(clipFileProblem({ name: 'a.wav', size: 1e9 }, null)).toBeNull();
  });
});

it('tells why a file was refused, not twice what else could be', () => {
  const said = 'the .wav file holds 24 bit samples; 8 or 16 bit is possible. A clip can be .au (mu-law), .mp3';
  expect(refusalWords(said)).toBe('The .wav file holds 24 bit samples; 8 or 16 bit is possible.');
  expect(refusalWords('The unit is full.')).toBe('The unit is full.');
});

describe('clipNameOf', () => {
  it('takes the file name without folder and extension', () => {
    expect(clipNameOf('C:\\sounds\\Lunch break.wav')).toBe('Lunch break');
    expect(clipNameOf('.wav')).toBe('.wav');
  });

  it('keeps to the 64 characters the unit allows', () => {
    expect([...clipNameOf(`${'ü'.repeat(80)}.wav`)]).toHaveLength(64);
  });
});
