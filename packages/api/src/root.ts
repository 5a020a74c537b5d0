import { authRouter } from "./auth/router.ts";
import { chatsRouter } from "./chats/router.ts";
import { notificationsRouter } from "./notifications/router.ts";
import { supportRouter } from "./support/router.ts";
import { tradingRouter } from "./trading/router.ts";
import { router } from "./trpc.ts";

export const appRouter = router({
  auth: authRouter,
  chats: chatsRouter,
  support: supportRouter,
  trading: tradingRouter,
  notifications: notificationsRouter,
});

export type AppRouter = typeof appRouter;
