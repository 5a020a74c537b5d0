import type { Failure } from "../../trpc/failure.ts";

/** What the server says when it refuses for a reason a person can do something about; each has words in the reader's language. */
const REASONS = {
  "The password must not be the e-mail": "passwordIsEmail",
  "The new password must be another one": "passwordSame",
  "This is not your present password": "wrongPassword",
  "This is no passkey of yours": "passkeyNotOwn",
  "Show once more that it is you": "notConfirmed",
  "For your own account go to your own settings": "ownAccount",
  "This code is wrong or was used already": "wrongCode",
  "This is not the code that the app shows now": "wrongCode",
  "This took too long; try again": "tookTooLong",
  "This passkey is known already": "passkeyKnown",
  "The last Admin stays one": "lastAdmin",
  "Somebody has this role; give him another one first": "roleHeld",
  "Somebody is invited to this role; withdraw the invitation first": "rolePromised",
  "There is a role with this name": "roleNameTaken",
  "An agent with this e-mail exists": "emailTaken",
  "This agent is disabled": "agentDisabled",
  "Pult is set up already; ask an Admin to invite you": "alreadySetUp",
  "Codes are on already; turn them off first": "totpOn",
  "Codes are off": "totpOff",
} as const;

export type Refusal = (typeof REASONS)[keyof typeof REASONS];

/** Null for whatever has no words of its own. */
export function refusalOf(failure: Failure | null): Refusal | null {
  if (!failure?.detail) return null;
  return Object.entries(REASONS).find(([words]) => words === failure.detail)?.[1] ?? null;
}

export const KNOWN_REASONS = Object.keys(REASONS);
