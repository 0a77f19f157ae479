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
  /** Null for what is too quiet to measure. */
  loudness_lufs: number | null;
  true_peak_dbtp: number | null;
  /** What is done to it when it plays. */
  gain_db: number;
  /** How far from the target it is heard then; null where nothing is aimed at. */
  deviation_lu: number | null;
  /** Under three seconds: levelled by its loudest moment. */
  short: boolean;
  sha256: string;
}

/** One thing that plays now. */
export interface Playing {
  id: string;
  /** A clip's name, or words for what is no clip, such as a live announcement. */
  what: string;
  /** Null for what is no clip. */
  clip: number | null;
  class: string;
  priority: number;
  state: 'playing' | 'ducked' | 'paused';
  /** What the others do to it, in dB; null while it is silenced. */
  gain_db: number | null;
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

/** Why an LED shows a pattern. */
export interface LedCause {
  led: 'status' | 'speaker';
  cause: string;
  pattern: LedStep[];
  meaning: string;
}

/** A way to press the control button. */
export interface Gesture {
  gesture: string;
  how: string;
  /** How long it is held at least, in seconds; 0 for a press. */
  hold_s: number;
  /** Whether it counts only when the button is down as the power comes. */
  at_power_up: boolean;
  meaning: string;
  /** What the LEDs do. */
  show: string;
}

/** What LEDs and control button mean, as the unit itself has it. */
export interface FrontPanelTables {
  /** The more urgent cause first. */
  led_table: LedCause[];
  gestures: Gesture[];
}

/** Why an LED shows what it shows now: the most urgent cause that holds. */
export interface LedNow {
  led: 'status' | 'speaker';
  cause: string;
  meaning: string;
}

/** What hangs at a terminal of the simulated unit, and how it fares. */
export interface SimPort {
  /** Counted from 1. */
  port: number;
  circuit: SimCircuit;
  /** Whether there are end-of-line resistors in the loop. */
  resistors: boolean;
  /** A voltage that somebody put on the terminal; null for none. */
  applied_v: number | null;
  /** What is at the terminal, to ground. */
  voltage_v: number;
  closed: boolean;
  /** What the unit drives it to; null of an input. */
  output: 'floating' | 'closed' | null;
  /** Whether the lamp between the power out and the terminal is lit. */
  lamp: boolean;
}

export type SimCircuit = 'open' | 'closed' | 'cut' | 'short';

export interface SimState {
  ports: SimPort[];
  /** The network cable. */
  link: { connected: boolean };
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
