import type { Device } from '../api/types';
import { device } from '../api/unit';

/** What the unit says of itself, shared by the frame and the pages. */
class UnitState {
  device = $state<Device | null>(null);

  async load(): Promise<void> {
    this.device = await device();
  }
}

export const unit = new UnitState();
