import { heard } from '../api/client';
import type { Session } from '../api/types';
import { createFirstAccount, currentSession, readiness, signIn, signOut } from '../api/unit';

export type Phase = 'starting' | 'first-password' | 'signed-out' | 'signed-in';

/** Who is using the interface, and what they must do before they can. */
class SessionState {
  phase = $state<Phase>('starting');
  user = $state('');
  role = $state<Session['role']>('viewer');
  /** The session ended by itself, which the login page should say. */
  ended = $state(false);

  readonly administrator = $derived(this.role === 'admin');
  readonly operator = $derived(this.role !== 'viewer');

  constructor() {
    heard.sessionLost = () => {
      if (this.phase === 'signed-in') this.startAgain().catch(() => undefined);
    };
  }

  /** Find out where to begin; throws when the unit does not answer. */
  async start(): Promise<void> {
    const session = await currentSession();
    if (session) {
      this.#enter(session);
      return;
    }
    this.phase = (await readiness()).needsSetup ? 'first-password' : 'signed-out';
  }

  /** Find out where to go on when the session may be over. */
  async startAgain(): Promise<void> {
    await this.start();
    this.ended = this.phase === 'signed-out';
  }

  async signIn(user: string, password: string): Promise<void> {
    this.#enter(await signIn(user, password));
  }

  async setFirstPassword(password: string): Promise<void> {
    await createFirstAccount(password);
    await this.signIn('root', password);
  }

  async signOut(): Promise<void> {
    await signOut();
    // Load anew, so that nothing this person saw or typed is left for the next one.
    window.location.assign('/');
  }

  #enter(session: Session): void {
    this.user = session.user;
    this.role = session.role;
    this.ended = false;
    this.phase = 'signed-in';
  }
}

export const session = new SessionState();
