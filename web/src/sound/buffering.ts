/** How much sound lies ready between the network and the browser's audio thread. */
export interface Buffering {
  /** What must lie ready before sound starts: short enough to feel live, long enough for a network. */
  startSamples: number;
  /** More than this is delay that has piled up: drop down to the start again. */
  mostSamples: number;
}
