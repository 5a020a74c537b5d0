import { recordAudit } from "@pult/api/auth/audit.ts";
import type { Deps } from "@pult/api/context.ts";
import { findDomainError } from "@pult/api/errors.ts";
import type { RateLimits } from "./rate-limits.ts";

export interface TokenGuard {
  /**
   * Finds out whose token it is, or, with null, who calls without one. A wrong token counts against its address; an address that has sent
   * too many is refused before any is checked.
   * @throws DomainError `RATE_LIMITED`, and as `identify`
   */
  admit<Known>(shown: { ip: string; token: string | null }, identify: () => Promise<Known>): Promise<Known>;
  /** Counts a handshake against its address, before the caller is known. @throws DomainError `RATE_LIMITED` */
  countHandshake(ip: string): Promise<void>;
}

export interface TokenGuardOptions {
  limits: Pick<RateLimits, "countHandshake" | "refuseGuesser" | "countGuess" | "isNewGuesser">;
  deps: Pick<Deps, "db" | "log" | "now">;
}

const NOTICE_MS = 60_000;

/** Counts nothing and refuses nothing: for tests of one gateway. */
export const UNGUARDED: TokenGuard = { admit: (_shown, identify) => identify(), countHandshake: async () => {} };

/** The one way by which routes and sockets find out whose token they were sent. */
export function createTokenGuard({ limits, deps }: TokenGuardOptions): TokenGuard {
  let refused = 0;
  let noticedAt = Number.NEGATIVE_INFINITY;

  /** Logs and records guessed tokens: one line a minute for all addresses, one entry an hour for each. */
  async function notice(ip: string): Promise<void> {
    refused += 1;
    const now = deps.now().getTime();
    if (now - noticedAt >= NOTICE_MS) {
      deps.log.warn({ ip, refused }, "Too many wrong tokens from an address");
      noticedAt = now;
      refused = 0;
    }
    if (!(await limits.isNewGuesser(ip))) return;
    const anonymous = { actor: { kind: "anonymous" }, now: deps.now, ip, userAgent: "" } as const;
    await recordAudit(deps.db, anonymous, { action: "auth.tokensGuessed", target: { kind: "address", id: ip } });
  }

  function refuse(ip: string, error: unknown): never {
    if (findDomainError(error)?.code === "RATE_LIMITED")
      notice(ip).catch((failure) => deps.log.error({ err: failure }, "Failed to record guessed tokens"));
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
      // A guessing address is recorded as such, whatever it is refused for.
      refuseGuesser(ip);
      await limits.countHandshake(ip);
    },
  };
}
