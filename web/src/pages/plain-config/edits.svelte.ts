import type { Parameter } from '../../api/types';
import { fieldProblem } from '../../fields';

/** What a person has changed and not yet saved, and what is wrong with it. */
export class Edits {
  #values = $state<Record<string, string>>({});
  /** The unit's own reasons, each for the value it refused. */
  #refusals = $state<Record<string, { value: string; reason: string }>>({});

  readonly names = $derived(Object.keys(this.#values));

  get changes(): Record<string, string> {
    return { ...this.#values };
  }

  value(parameter: Parameter): string {
    return this.#values[parameter.name] ?? parameter.value;
  }

  changed(parameter: Parameter): boolean {
    return parameter.name in this.#values;
  }

  set(parameter: Parameter, value: string): void {
    // A secret's field is empty when nothing new was typed, whatever is stored.
    const same = value === parameter.value || (parameter.kind.type === 'password' && value === '');
    if (same) this.drop(parameter.name);
    else this.#values[parameter.name] = value;
  }

  drop(name: string): void {
    delete this.#values[name];
    delete this.#refusals[name];
  }

  clear(): void {
    this.#values = {};
    this.#refusals = {};
  }

  refused(reasons: Readonly<Record<string, string>>): void {
    for (const [name, reason] of Object.entries(reasons)) {
      this.#refusals[name] = { value: this.#values[name] ?? '', reason };
    }
  }

  problem(parameter: Parameter): string | null {
    const value = this.#values[parameter.name];
    if (value === undefined) return null;
    const refusal = this.#refusals[parameter.name];
    return fieldProblem(value, parameter.kind) ?? (refusal?.value === value ? refusal.reason : null);
  }
}
