function currentPath(): string {
  return window.location.hash.replace(/^#/, '') || '/status';
}

/** The page in the address: what follows the `#`. */
class Route {
  path = $state(currentPath());

  constructor() {
    window.addEventListener('hashchange', () => {
      this.path = currentPath();
    });
  }
}

export const route = new Route();
