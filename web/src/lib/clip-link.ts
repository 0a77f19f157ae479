export interface ClipLink {
  /** Scheme, host and port of the unit, as `location.origin` has it. */
  origin: string;
  /** The clip's path or file name on the unit. */
  location: string;
  volumePercent: number;
  /** How many times the clip plays; null plays it until it is stopped. */
  times: number | null;
  /** What kind of sound it is, and how urgent within it; left out where the unit would choose the same. */
  class?: string;
  priority?: number;
}

export const VOLUME_MAXIMUM = 1000;
export const TIMES_MAXIMUM = 1000;
/** The class a clip has when nobody names one. */
export const DEFAULT_CLASS = 'announcement';

/** The URL that, when requested, plays the clip on the unit. */
export function clipLink(link: ClipLink): string {
  const { origin, location, volumePercent, times } = link;
  const file = location.slice(location.lastIndexOf('/') + 1);
  const query = new URLSearchParams({
    location: file,
    repeat: String(times === null ? -1 : times - 1),
    volume: String(volumePercent),
  });
  if (link.class && link.class !== DEFAULT_CLASS) query.set('class', link.class);
  if (link.priority) query.set('priority', String(link.priority));
  return `${origin}/axis-cgi/playclip.cgi?${query}`;
}
