/** The codecs of calls as their list shows them: all there are, those in use before the others. */

import type { AudioCodec } from '../../api/sip';
import { kilohertz } from '../format';

export interface CodecChoice {
  codec: AudioCodec;
  used: boolean;
}

const NAMES: Record<string, { text: string; about: string }> = {
  OPUS: { text: 'Opus', about: 'the best quality' },
  G722: { text: 'G.722', about: 'wideband' },
  PCMU: { text: 'G.711 µ-law (PCMU)', about: 'telephone quality' },
  PCMA: { text: 'G.711 A-law (PCMA)', about: 'telephone quality' },
  L16: { text: 'L16', about: 'uncompressed' },
  G729: { text: 'G.729', about: 'for slow networks' },
  GSM: { text: 'GSM', about: 'for slow networks' },
  SPEEX: { text: 'Speex', about: 'for slow networks' },
};

export const keyOf = (codec: AudioCodec): string => `${codec.Name.toUpperCase()}/${codec.SampleRate ?? ''}`;

export function codecName(codec: AudioCodec): string {
  const name = NAMES[codec.Name.toUpperCase()]?.text ?? codec.Name;
  return codec.SampleRate ? `${name}, ${kilohertz(codec.SampleRate)}` : name;
}

export const codecAbout = (codec: AudioCodec): string => NAMES[codec.Name.toUpperCase()]?.about ?? '';

/** "Opus", from "opus/48000" as a call names it. */
export function codecInCall(name: string): string {
  const [codec = '', rate] = name.split('/');
  const text = NAMES[codec.toUpperCase()]?.text ?? codec;
  return codec.toUpperCase() === 'L16' && rate ? `${text}, ${kilohertz(Number(rate))}` : text;
}

export function choicesOf(supported: readonly AudioCodec[], chosen: readonly AudioCodec[]): CodecChoice[] {
  const used = new Set(chosen.map(keyOf));
  const others = supported.filter((codec) => !used.has(keyOf(codec)));
  return [
    ...chosen.map((codec) => ({ codec, used: true })),
    ...others.map((codec) => ({ codec, used: false })),
  ];
}

/** What is sent: those in use, in their order. */
export function codecsOf(choices: readonly CodecChoice[]): AudioCodec[] {
  return choices.filter((one) => one.used).map((one) => one.codec);
}

export function codecsProblem(choices: readonly CodecChoice[]): string | null {
  return choices.some((one) => one.used) ? null : 'Select at least one audio codec.';
}
