/** What the unit answers about its I/O ports, as the pages read it. */

export type Circuit = 'open' | 'closed';
export type Direction = 'input' | 'output';
export type SupervisedState = 'short' | 'close' | 'open' | 'cut';

export interface Port {
  /** Counted from 0. */
  port: number;
  configurable: boolean;
  direction: Direction;
  usage: string;
  name: string;
  normal_state: Circuit;
  state: Circuit;
  /** Whether the state is not the normal one. */
  active: boolean;
  supervisable: boolean;
  supervised: boolean;
  /** Empty where it is not supervised. */
  supervised_state: SupervisedState | '';
  /** What is measured at the terminal, to ground; null where nothing can be measured. */
  level_mv: number | null;
  /** Whether a sequence of states runs. */
  sequence: boolean;
}

export interface Ports {
  ports: Port[];
  /** Which virtual inputs are active; the first one has number 1. */
  virtual_inputs: boolean[];
}

/** What is to be changed of a port; what is left out stays. */
export interface PortChange {
  direction?: Direction;
  name?: string;
  normal_state?: Circuit;
}

/** Which levels at the terminal mean a state of a supervised loop, in mV, both limits included. */
export interface SupervisedRange {
  state: SupervisedState;
  lowerlimit: number;
  upperlimit: number;
}
