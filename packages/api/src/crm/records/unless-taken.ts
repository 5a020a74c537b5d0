import type { DomainError } from "../../errors.ts";

const UNIQUE_VIOLATION = "23505";

/** Runs a statement; what breaks a unique index is refused in words. */
export async function unlessTaken<Result>(statement: Promise<Result>, refusal: () => DomainError): Promise<Result> {
  try {
    return await statement;
  } catch (error) {
    for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
      if ("code" in at && at.code === UNIQUE_VIOLATION) throw refusal();
    throw error;
  }
}
