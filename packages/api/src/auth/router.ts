import { z } from "zod";
import { procedure, router } from "../trpc.ts";
import { createApiKeyInput, miniAppInput, signInInput } from "./schema.ts";
import { createApiKey, getMe, signIn, signInMiniApp, signOut } from "./service.ts";

export const authRouter = router({
  me: procedure.query(({ ctx }) => getMe(ctx)),
  signIn: procedure.input(signInInput).mutation(async ({ ctx, input }) => {
    await ctx.limitSignIn(input.email);
    const { token, expiresAt, me } = await signIn(ctx, input);
    ctx.setSession(token, expiresAt);
    return me;
  }),
  signOut: procedure.input(z.object({}).optional()).mutation(async ({ ctx }) => {
    await signOut(ctx);
    ctx.setSession(null, null);
    return {};
  }),
  miniApp: procedure.input(miniAppInput).mutation(({ ctx, input }) => signInMiniApp(ctx, input)),
  apiKeys: router({
    create: procedure.input(createApiKeyInput).mutation(({ ctx, input }) => createApiKey(ctx, input)),
  }),
});
