import { authRouter } from "./auth/router.ts";
import { notificationsRouter } from "./notifications/router.ts";
import { supportRouter } from "./support/router.ts";
import { tradingRouter } from "./trading/router.ts";
import { router } from "./trpc.ts";

/** Chats have nothing to offer yet. */
export const appRouter = router({
  auth: authRouter,
  chats: router({}),
  support: supportRouter,
  trading: tradingRouter,
  notifications: notificationsRouter,
});

export type AppRouter = typeof appRouter;
