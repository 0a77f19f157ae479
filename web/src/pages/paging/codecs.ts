/** The encodings of audio in RTP that units understand. */
export const CODECS = [
  { id: 'PCMU', label: 'G.711 µ-law (PCMU)' },
  { id: 'PCMA', label: 'G.711 A-law (PCMA)' },
  { id: 'G722', label: 'G.722' },
  { id: 'OPUS', label: 'Opus' },
  { id: 'L16/8000', label: 'L16, 8 kHz' },
  { id: 'L16/16000', label: 'L16, 16 kHz' },
  { id: 'L16/48000', label: 'L16, 48 kHz' },
] as const;

export function codecLabel(id: string): string {
  return CODECS.find((one) => one.id === id)?.label ?? id;
}
