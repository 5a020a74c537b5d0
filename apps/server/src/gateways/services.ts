import type { App } from "../app.ts";
import type { RateLimits } from "../rate-limits.ts";
import type { TokenGuard } from "../token-guard.ts";
import type { Web } from "../web.ts";
import type { Workers } from "../workers.ts";

/** What gateways are made of. */
export interface GatewayServices {
  readonly app: App;
  readonly workers: Workers;
  readonly limits: RateLimits;
  readonly guard: TokenGuard;
  /** https: cookies are for this host alone. */
  readonly secure: boolean;
  /** Null in the API process alone. */
  web(): Web | null;
}
