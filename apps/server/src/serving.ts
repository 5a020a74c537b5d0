import type { Deps } from "@pult/api/context.ts";
import type { LegacyAuth } from "./authorize.ts";
import type { Origins } from "./http/origins.ts";
import type { RealtimeCounters } from "./metrics/realtime-stats.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { TokenGuard } from "./token-guard.ts";

/** What routes and sockets are served with. */
export interface Serving {
  deps: Deps;
  limits: Pick<RateLimits, "count">;
  guard: TokenGuard;
  origins: Origins;
  counters: RealtimeCounters;
  trustedProxies: readonly string[];
  legacyAuth: LegacyAuth;
  /** https: cookies are for this host alone. */
  secure: boolean;
}
