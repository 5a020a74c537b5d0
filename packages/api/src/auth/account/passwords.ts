import { hash, verify } from "@node-rs/argon2";

/** argon2id with OWASP's figures: 19 MiB, 2 passes, 1 lane. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: string): Promise<string> => hash(password, ARGON2);

/** Verified when no such agent exists, so that a wrong e-mail takes as long as a wrong password. */
let decoy: Promise<string> | null = null;

/** @param passwordHash null when there is nobody whose password it could be: as much work, and never right */
export async function passwordMatches(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword("no such agent");
  const matches = await verify(passwordHash ?? (await decoy), password);
  return passwordHash !== null && matches;
}
