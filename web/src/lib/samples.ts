/** Samples as they travel, and as the browser computes with them. */

const FULL_SCALE_24 = 0x80_00_00;
const FULL_SCALE_16 = 0x80_00;

/** Reads big-endian 24 bit samples (audio/L24) from a stream that may be cut anywhere. */
export class L24Reader {
  #rest = new Uint8Array(0);

  read(bytes: Uint8Array): Float32Array<ArrayBuffer> {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const count = Math.floor(all.length / 3);
    this.#rest = all.slice(count * 3);
    const samples = new Float32Array(count);
    for (let n = 0; n < count; n += 1) {
      const at = n * 3;
      const value = ((all[at] ?? 0) << 24) | ((all[at + 1] ?? 0) << 16) | ((all[at + 2] ?? 0) << 8);
      samples[n] = (value >> 8) / FULL_SCALE_24;
    }
    return samples;
  }
}

/** Samples as little-endian 16 bit numbers; what is beyond full scale is cut off. */
export function asS16(samples: Float32Array): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  samples.forEach((sample, n) => {
    const value = Math.round(Math.min(1, Math.max(-1, sample)) * FULL_SCALE_16);
    view.setInt16(n * 2, Math.min(value, FULL_SCALE_16 - 1), true);
  });
  return view.buffer;
}

/** Brings samples from one rate to another, block by block; straight lines between them are enough for speech. */
export class Resampler {
  readonly #step: number;
  #last = 0;
  /** Where the next sample stands, counted from the first of the block; -1 is the last of the block before. */
  #at = 0;

  constructor(fromHz: number, toHz: number) {
    this.#step = fromHz / toHz;
  }

  take(block: Float32Array): Float32Array<ArrayBuffer> {
    const count = Math.max(0, Math.ceil((block.length - 1 - this.#at) / this.#step));
    const out = new Float32Array(count);
    for (let n = 0; n < count; n += 1) {
      const at = this.#at + n * this.#step;
      const left = Math.floor(at);
      const before = left < 0 ? this.#last : (block[left] ?? 0);
      const after = block[left + 1] ?? before;
      out[n] = before + (after - before) * (at - left);
    }
    this.#at += count * this.#step - block.length;
    this.#last = block[block.length - 1] ?? this.#last;
    return out;
  }
}
