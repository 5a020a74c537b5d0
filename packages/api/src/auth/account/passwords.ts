import { hash, verify } from "@node-rs/argon2";
import { authError } from "../errors.ts";

/** argon2id with OWASP's figures: 19 MiB, 2 passes, 1 lane. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: string): Promise<string> => hash(password, ARGON2);

/** Verified when no such agent exists, so that a wrong e-mail takes as long as a wrong password. */
let decoy: Promise<string> | null = null;

/** @param passwordHash null for an unknown e-mail: as much work, and never right */
export async function passwordMatches(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword("no such agent");
  const real = passwordHash?.startsWith("$argon2") ? passwordHash : null;
  const matches = await verify(real ?? (await decoy), password);
  return real !== null && matches;
}

/** @throws DomainError `VALIDATION` for a password that an attacker who knows the e-mail tries first */
export function refuseWeakPassword(password: string, email: string): void {
  const [local = ""] = email.split("@");
  const easy = [email, local].map((text) => text.toLowerCase());
  if (easy.includes(password.toLowerCase())) throw authError("passwordIsEmail");
}
