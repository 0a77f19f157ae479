import { expect, it } from 'vitest';

import { bitRates, encodingLabel, kilobits, sampleRates, settled } from './encodings';

const table = {
  AAC: [
    { sample_rate: 8000, bit_rates: [8000, 32000] },
    { sample_rate: 48000, bit_rates: [32000, 64000, 128000] },
  ],
  g711: [{ sample_rate: 8000, bit_rates: [64000] }],
};

it('finds an encoder however its name is written', () => {
  expect(sampleRates(table, 'aac')).toEqual([8000, 48000]);
  expect(bitRates(table, 'AAC', 48000)).toEqual([32000, 64000, 128000]);
  expect(bitRates(table, 'aac', 44100)).toEqual([]);
  expect(sampleRates(table, 'opus')).toEqual([]);
});

it('takes the rates along to another encoding as well as it can', () => {
  expect(settled(table, { encoding: 'g711', sampleRate: 48000, bitRate: 128000 })).toEqual({
    encoding: 'g711',
    sampleRate: 8000,
    bitRate: 64000,
  });
  expect(settled(table, { encoding: 'aac', sampleRate: 44100, bitRate: 100000 })).toEqual({
    encoding: 'aac',
    sampleRate: 48000,
    bitRate: 128000,
  });
});

it('keeps what is wanted where the table says nothing', () => {
  const wanted = { encoding: 'opus', sampleRate: 48000, bitRate: 64000 };
  expect(settled(table, wanted)).toEqual(wanted);
});

it('names encodings and rates', () => {
  expect([encodingLabel('AAC'), encodingLabel('new')]).toEqual(['AAC', 'new']);
  expect([kilobits(64000), kilobits(1058400)]).toEqual(['64 kbit/s', '1058.4 kbit/s']);
});
