import type { Clip, Playing } from '../api/types';

/** The name of a clip's file on the unit, which no two clips share. */
export function fileNameOf(clip: Clip): string {
  return clip.location.slice(clip.location.lastIndexOf('/') + 1);
}

/** The clip that a playback plays; undefined when it plays something else. */
export function clipOf(playback: Playing, clips: readonly Clip[]): Clip | undefined {
  return clips.find((clip) => fileNameOf(clip) === playback.what);
}
