export type ThemeChoice = 'light' | 'dark' | 'system';

const KEY = 'theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');

function remembered(): ThemeChoice {
  try {
    const choice = localStorage.getItem(KEY);
    return choice === 'light' || choice === 'dark' ? choice : 'system';
  } catch {
    return 'system';
  }
}

/** Light or dark, chosen by a person or by their system; remembered in this browser. */
class Theme {
  choice = $state<ThemeChoice>(remembered());
  #systemDark = $state(system.matches);
  readonly dark = $derived(this.choice === 'dark' || (this.choice === 'system' && this.#systemDark));

  constructor() {
    system.addEventListener('change', (event) => {
      this.#systemDark = event.matches;
    });
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    try {
      if (choice === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // Storage is blocked: the choice lasts as long as the page.
    }
  }
}

export const theme = new Theme();
