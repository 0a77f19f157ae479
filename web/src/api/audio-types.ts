/** What the unit answers about sound, as the audio pages read it. */

/** One entry of a list of possibilities; `present` is false for what this board lacks. */
export interface Option {
  id: string;
  label: string;
  present?: boolean;
}

export interface GainState {
  gain_db: number;
  mute: boolean;
}

export interface AudioInput {
  on: boolean;
  running: boolean;
  type: string;
  types: Option[];
  power: string;
  powers: Option[];
  /** Null while muted. */
  gain_db: number | null;
  mute: boolean;
  gains: Record<string, GainState>;
  separate_gain: boolean;
  agc: boolean;
  noise_suppression: boolean;
  echo_cancellation: boolean;
  /** Why the input does not work though it is on. */
  fault: string | null;
}

export interface CurvePoint {
  hz: number;
  db: number;
}

export interface EqualiserPreset extends Option {
  response?: CurvePoint[];
}

export interface AudioOutput {
  type: string;
  gain_db: number;
  mute: boolean;
  equaliser: string;
  equalisers: EqualiserPreset[];
  automatic_volume: {
    enabled: boolean;
    range_db: number;
    gain_db: number;
    ambient_dbfs: number | null;
    /** Why the gain does not follow the noise though it should. */
    why?: string | null;
  };
  amplifier: {
    state: 'ok' | 'overcurrent' | 'overtemperature' | 'unknown';
    since: string | null;
  };
  device: string;
  device_lost: boolean;
  /** It takes no samples, and does not fail either. */
  device_stuck?: boolean;
  realtime: boolean;
  xruns: number;
}

/** One message of the levels, twenty a second. */
export interface LevelsMessage {
  input: { on: boolean; peak_dbfs: number; rms_dbfs: number; level: number; triggered: boolean };
  output: {
    peak_dbfs: number;
    rms_dbfs: number;
    limiter_db: number;
    gain_db: number | null;
    avc_db: number;
    ambient_dbfs: number | null;
  };
}

export interface Impedance {
  measurable: boolean;
  state: 'uncalibrated' | 'testing' | 'calibrated' | 'open' | 'short' | 'deviates' | 'not measurable';
  result: ImpedanceResult | null;
  present_ohm: number | null;
  message: string;
  /** From 0 to 1 while a test runs. */
  progress: number | null;
}

export interface ImpedanceResult {
  ohm: number;
  by_frequency: { hz: number; ohm: number }[];
  at: string;
  nominal_ohm: number | null;
}

export interface SelfTests {
  running: boolean;
  progress: number;
  available: boolean;
  /** Why no test can be run. */
  why: string | null;
  /** What later tests are compared with. */
  reference: SelfTestResult | null;
  /** The oldest first. */
  results: SelfTestResult[];
}

/** One test; what could not be measured is null. */
export interface SelfTestResult {
  at: string;
  level_db: number | null;
  delay_ms: number | null;
  /** The time that the sound devices take is in the delay. */
  delay_with_devices: boolean;
  sti: number | null;
  sti_band: string | null;
  response: CurvePoint[];
  verdict: string;
  message: string;
}

/** Encoder name -> the sample rates it can have, each with its bit rates. */
export type Encoders = Record<string, { sample_rate: number; bit_rates: number[] }[]>;

export interface MulticastSource {
  id: string;
  label: string;
  prio: number;
  type: string;
  ipAddress?: string;
  port?: number;
  latencyProfile?: string;
  /** Written, never read. */
  srtpKey?: string;
}

export interface Multicast {
  enabled: boolean;
  audiocodec: string;
  sources: MulticastSource[];
}

/** How reception goes. */
export interface MulticastState {
  running: boolean;
  sources: SourceState[];
}

export interface SourceState {
  id: string;
  speaking: boolean;
  /** The id of what plays it. */
  playback: string | null;
  encrypted: boolean;
  /** Why it cannot be heard. */
  fault: string | null;
  figures: { played: number; lost: number; late: number; delay_ms: number };
}

/** What is being sent to a group. */
export interface SentPage extends Group {
  id: string;
  what: string;
  seconds: number;
}

/** Where a page goes on the network. */
export interface Group {
  group: string;
  port: number;
  codec: string;
}
