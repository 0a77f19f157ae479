import { describe, expect, it } from 'vitest';

import { asS16, L24Reader, Resampler } from './samples';

describe('L24Reader', () => {
  const bytes = Uint8Array.of(0x40, 0, 0, 0x80, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff);
  const values = [0.5, -1, 1 - 2 ** -23, -(2 ** -23)];

  it('reads big-endian signed 24 bit', () => {
    expect([...new L24Reader().read(bytes)]).toEqual(values);
  });
  it('loses nothing wherever the stream is cut', () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const reader = new L24Reader();
      expect([...reader.read(bytes.slice(0, cut)), ...reader.read(bytes.slice(cut))]).toEqual(values);
    }
  });
});

it('writes little-endian 16 bit and cuts off what is too loud', () => {
  const view = new DataView(asS16(Float32Array.of(0.5, -1, 1, 2, -2, 0)));
  const values = [0, 2, 4, 6, 8, 10].map((at) => view.getInt16(at, true));
  expect(values).toEqual([16384, -32768, 32767, 32767, -32768, 0]);
});

describe('Resampler', () => {
  function sine(rateHz: number, count: number): Float32Array {
    return Float32Array.from({ length: count }, (_, n) => Math.sin((2 * Math.PI * 500 * n) / rateHz));
  }

  it.each([128, 441, 1000])('keeps the pitch over blocks of %i', (size) => {
    const from = sine(44100, 44100);
    const resampler = new Resampler(44100, 48000);
    const out: number[] = [];
    for (let at = 0; at < from.length; at += size) out.push(...resampler.take(from.subarray(at, at + size)));
    expect(Math.abs(out.length - 48000)).toBeLessThanOrEqual(2);
    const right = sine(48000, out.length);
    const worst = Math.max(...out.map((sample, n) => Math.abs(sample - (right[n] ?? 0))));
    expect(worst).toBeLessThan(0.002);
  });
  it('leaves samples of the right rate as they are', () => {
    const resampler = new Resampler(48000, 48000);
    const out = [...resampler.take(Float32Array.of(1, 2, 3)), ...resampler.take(Float32Array.of(4, 5))];
    expect(out).toEqual([1, 2, 3, 4]);
  });
});
