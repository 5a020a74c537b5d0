import { recordAudit } from "@pult/api/auth/audit.ts";
import type { Deps } from "@pult/api/context.ts";
import { findDomainError } from "@pult/api/errors.ts";
import type { GuessLimits, RateLimits } from "./rate-limits.ts";

export interface TokenGuard {
  /**
   * Finds out who it is that shows a token, or, with null, that shows none. A wrong token counts against its address; an address that
   * has shown too many is refused before anything is looked at.
   * @throws DomainError `RATE_LIMITED`, and as `identify`
   */
  admit<Known>(shown: { ip: string; token: string | null }, identify: () => Promise<Known>): Promise<Known>;
  /** Counts a handshake against its address, before it is known who comes. @throws DomainError `RATE_LIMITED` */
  countHandshake(ip: string): Promise<void>;
}

export interface TokenGuardOptions {
  limits: GuessLimits & Pick<RateLimits, "countHandshake">;
  deps: Pick<Deps, "db" | "log" | "now">;
}

const NOTICE_MS = 60_000;

/** Counts nothing and refuses nobody: for a door by itself. */
export const UNGUARDED: TokenGuard = { admit: (_shown, identify) => identify(), countHandshake: async () => {} };

/** The one way by which doors find out whose token they were shown. */
export function createTokenGuard({ limits, deps }: TokenGuardOptions): TokenGuard {
  let refused = 0;
  let noticedAt = Number.NEGATIVE_INFINITY;

  /** Somebody guesses: one line a minute, however many do, and one entry an hour for each address. */
  async function notice(ip: string): Promise<void> {
    refused += 1;
    const now = deps.now().getTime();
    if (now - noticedAt >= NOTICE_MS) {
      deps.log.warn({ ip, refused }, "Refused for showing too many wrong tokens");
      noticedAt = now;
      refused = 0;
    }
    if (!(await limits.isNewGuesser(ip))) return;
    const nobody = { actor: { kind: "anonymous" }, now: deps.now, ip, userAgent: "" } as const;
    await recordAudit(deps.db, nobody, { action: "auth.tokensGuessed", target: { kind: "address", id: ip } });
  }

  function refuse(ip: string, error: unknown): never {
    if (findDomainError(error)?.code === "RATE_LIMITED")
      notice(ip).catch((failure) => deps.log.error({ err: failure }, "Guessed tokens could not be written down"));
    throw error;
  }

  function refuseGuesser(ip: string): void {
    try {
      limits.refuseGuesser(ip);
    } catch (error) {
      refuse(ip, error);
    }
  }

  return {
    async admit({ ip, token }, identify) {
      if (token === null) return identify();
      refuseGuesser(ip);
      try {
        return await identify();
      } catch (error) {
        if (findDomainError(error)?.code !== "UNAUTHORIZED") throw error;
        await limits.countGuess(ip).catch((over) => refuse(ip, over));
        throw error;
      }
    },
    async countHandshake(ip) {
      // Who guesses is written down as such, whatever he is refused for.
      refuseGuesser(ip);
      await limits.countHandshake(ip);
    },
  };
}
