import { z } from "zod";
import { agentProcedure, router } from "../../trpc.ts";
import { getTelegramLink, unlinkTelegram } from "./telegram-sign-in.ts";

/** Telegram Login of an agent. To link it, the browser goes to `/auth/telegram/start?link=1&next=/…`. */
export const telegramRouter = router({
  get: agentProcedure.query(({ ctx }) => getTelegramLink(ctx)),
  unlink: agentProcedure.input(z.object({}).optional()).mutation(async ({ ctx }) => {
    await unlinkTelegram(ctx);
    return {};
  }),
});
