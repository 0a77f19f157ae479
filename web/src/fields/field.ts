import type { Component } from 'svelte';

import type { Kind } from '../api/types';

/** What every field gets: it shows `value` and tells what a person changes it to. */
export interface FieldProps<K extends Kind = Kind> {
  id: string;
  kind: K;
  label: string;
  help: string;
  value: string;
  /** Why the value cannot be saved; null when it can. */
  problem: string | null;
  onchange: (value: string) => void;
}

/** A field kind: how it is edited, and what is wrong with a value before the unit is asked. */
export interface FieldKind<K extends Kind> {
  component: Component<FieldProps<K>>;
  check: (value: string, kind: K) => string | null;
}
