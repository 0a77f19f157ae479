/** What the unit's HTTP interface answers, as the interface pages read it. */

export type Role = 'admin' | 'operator' | 'viewer';

export interface Session {
  user: string;
  role: Role;
  csrf: string;
}

export interface Readiness {
  ready: boolean;
  needsSetup: boolean;
  bootId: string;
}

export interface Device {
  addresses: string[];
  host_name: string;
  serial_number: string;
  version: string;
  product: string;
  uptime_s: number;
  board: string;
  realtime: boolean;
  daemons: { name: string; ready: boolean }[];
}

export interface Clip {
  clip: number;
  name: string;
  location: string;
  factory: boolean;
  format: string;
  duration_s: number;
  sample_rate_hz: number;
  channels: number;
  size: number;
  loudness_lufs: number | null;
  sha256: string;
}

/** One thing that plays now. */
export interface Playing {
  id: string;
  /** A clip's file name, or words for what is no clip, such as a live announcement. */
  what: string;
  class: string;
  state: 'playing' | 'ducked' | 'paused';
  position_s: number;
  /** Null for what has no known end. */
  duration_s: number | null;
  why: string;
}

/** What values a parameter may have; each type has a folder of its own in `fields/`. */
export type Kind =
  | { type: 'bool'; true: string; false: string }
  | { type: 'int'; minimum: number | null; maximum: number | null; unit: string }
  | { type: 'gain'; minimum: number; maximum: number; step: number; unit: string }
  | { type: 'enum'; choices: { value: string; label: string }[] }
  | { type: 'string'; max_length: number }
  | { type: 'password'; max_length: number }
  | { type: 'ip' }
  | { type: 'ip_list' }
  | { type: 'hostname'; max_length: number };

export type KindOf<T extends Kind['type']> = Extract<Kind, { type: T }>;

export interface Parameter {
  name: string;
  value: string;
  kind: Kind;
  label: string;
  help: string;
  default: string;
  writable: boolean;
  /** Not meant for pages for people. */
  hidden?: boolean;
  reset: string;
}

export interface Account {
  name: string;
  role: Role;
  comment: string;
}

export type LedColour = 'off' | 'green' | 'red' | 'amber';

export interface LedStep {
  colour: LedColour;
  duration_ms: number;
}

export interface Led {
  pattern: LedStep[];
  since_monotonic_ms: number;
  colour: LedColour;
}

export interface SimState {
  leds: { status: Led; speaker: Led };
  button: { pressed: boolean };
  monotonic_ms: number;
}

/** One entry of the parameters' history. */
export interface Change {
  revision: number;
  /** Seconds since 1970. */
  time: number;
  who: string;
  name: string;
  old: string;
  new: string;
}
