import type { AuthKey } from "telegram/crypto/AuthKey.js";
import { StringSession } from "telegram/sessions/index.js";

/** What a connection needs to go on without a sign-in. */
export interface KeptSession {
  dataCentre: number;
  authKey: AuthKey;
  /** The account's user, once it has signed in. */
  userId: number | null;
}

// gramjs refuses to write a session without an address; the one that counts is found by the number of the data centre.
const PLACE = ["127.0.0.1", 443] as const;

/** gramjs's own form, and behind a colon whose it is. */
export function writeSession({ dataCentre, authKey, userId }: KeptSession): string {
  const session = new StringSession();
  session.setDC(dataCentre, ...PLACE);
  session.setAuthKey(authKey);
  return `${session.save()}${userId === null ? "" : `:${userId}`}`;
}

/** @throws Error when it is none */
export async function readSession(text: string): Promise<KeptSession> {
  const [form, userId] = text.split(":");
  const session = new StringSession(form);
  await session.load();
  const authKey = session.getAuthKey();
  if (!authKey?.keyId) throw new Error("The session has no key");
  return { dataCentre: session.dcId, authKey, userId: userId === undefined ? null : Number(userId) };
}
