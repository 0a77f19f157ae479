import type { Port } from '../../api/port-types';

/** "Port 2, an output": what a port is called where an action needs one. */
export function portTitle(port: Port): string {
  const name = port.name === '' ? `Port ${port.port + 1}` : `${port.name} (port ${port.port + 1})`;
  return port.direction === 'output' ? name : `${name}, an input now`;
}
