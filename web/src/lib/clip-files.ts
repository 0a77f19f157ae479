import { capital } from './format';

/** The file name extensions the manual promises, in its order. */
export const CLIP_EXTENSIONS = ['.au', '.mp3', '.opus', '.vorbis', '.ogg', '.wav'] as const;

export const CLIP_NAME_MAXIMUM = 64;

/** The formats the manual lists under "Can't upload media clip", and the two it only names. */
export const CLIP_FORMATS = [
  { extension: '.au', detail: 'au file format, encoded in μ-law and sampled with 8 or 16 kHz.' },
  {
    extension: '.wav',
    detail:
      'wav file format, encoded in PCM audio. It supports encoding as 8 or 16-bit mono or stereo and sample rate of 8 to 48 kHz.',
  },
  {
    extension: '.mp3',
    detail:
      'mp3 file format, in mono or stereo with bitrate of 64 kbps to 320 kbps and sample rate of 8 to 48 kHz.',
  },
  { extension: '.opus', detail: 'opus file format: Opus in Ogg.' },
  { extension: '.vorbis, .ogg', detail: 'vorbis file format: Vorbis in Ogg.' },
] as const;

export interface FileFacts {
  name: string;
  size: number;
}

/** Why the unit would refuse the file, told before anything is sent; null when it may go. */
export function clipFileProblem(file: FileFacts, maximumMiB: number | null): string | null {
  const dot = file.name.lastIndexOf('.');
  const extension = dot < 0 ? '' : file.name.slice(dot).toLowerCase();
  if (!(CLIP_EXTENSIONS as readonly string[]).includes(extension)) {
    return `The unit plays ${CLIP_EXTENSIONS.join(', ')} files. Convert this file to one of them.`;
  }
  if (file.size === 0) return 'The file is empty. Choose another file.';
  if (maximumMiB !== null && file.size > maximumMiB * 1024 * 1024) {
    return `The file is larger than ${maximumMiB} MB. Shorten it, or save it as .mp3 or .opus.`;
  }
  return null;
}

/** The unit's reason for refusing a file, without the list of formats that stands below it anyway. */
export function refusalWords(message: string): string {
  const reason = capital(message.split('. A clip can be ')[0] ?? message);
  return /[.!?]$/.test(reason) ? reason : `${reason}.`;
}

/** The clip name a file gets: its own, without folder and extension, as long as the unit allows. */
export function clipNameOf(fileName: string): string {
  const base = fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
  const dot = base.lastIndexOf('.');
  const stem = (dot > 0 ? base.slice(0, dot) : base).trim();
  return [...stem].slice(0, CLIP_NAME_MAXIMUM).join('') || 'Clip';
}
