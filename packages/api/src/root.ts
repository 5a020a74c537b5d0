import { authRouter } from "./auth/router.ts";
import { supportRouter } from "./support/router.ts";
import { router } from "./trpc.ts";

/** Chats, trading and notifications have nothing to offer yet. */
export const appRouter = router({
  auth: authRouter,
  chats: router({}),
  support: supportRouter,
  trading: router({}),
  notifications: router({}),
});

export type AppRouter = typeof appRouter;
