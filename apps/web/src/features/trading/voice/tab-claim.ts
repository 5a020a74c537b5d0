import { newId } from "../../thread/send-queue.ts";

/** Which tab of this browser has the voice of a room. */
export interface TabClaim {
  /** The same for each tab that has it after another, so that a page that was reloaded or closed is not taken for a second one. */
  clientId: string;
  release(): void;
}

/** @param takesOver whether a tab that has it loses it */
export type ClaimTab = (name: string, takesOver: boolean) => Promise<TabClaim>;

/** By a lock of the browser, which ends with its tab. Without locks every page is a tab of its own. */
export const claimTab: ClaimTab = async (name, takesOver) => {
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return { clientId: newId(), release() {} };
  return (await hold(locks, name, { ifAvailable: true })) ?? taken(locks, name, takesOver);
};

async function taken(locks: LockManager, name: string, takesOver: boolean): Promise<TabClaim> {
  const clientId = newId();
  if (!takesOver) return { clientId, release() {} };
  keep(name, clientId);
  return (await hold(locks, name, { steal: true })) ?? { clientId, release() {} };
}

/** @returns null while another tab holds it */
function hold(locks: LockManager, name: string, options: LockOptions): Promise<TabClaim | null> {
  return new Promise((resolve) => {
    const whileHeld = (lock: Lock | null) => {
      if (!lock) return resolve(null);
      return new Promise<void>((release) => resolve({ clientId: kept(name), release }));
    };
    // A tab that loses the lock hears from the server that its session has ended.
    locks.request(name, options, whileHeld).catch(() => resolve(null));
  });
}

function kept(name: string): string {
  const clientId = read(name) ?? newId();
  keep(name, clientId);
  return clientId;
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function keep(name: string, clientId: string): void {
  try {
    localStorage.setItem(name, clientId);
  } catch {
    // A browser that keeps nothing: the next page is a tab of its own.
  }
}
