import { z } from "zod";
import { agentProcedure, publicProcedure, router } from "../../trpc.ts";
import { signInMiniApp } from "./mini-app.ts";
import { miniAppInput, revokeSessionsInput, signInInput } from "./schema.ts";
import { listSessions, revokeSessions } from "./sessions.ts";
import { signIn, signOut } from "./sign-in.ts";

/** Signing in and out. */
export const signInProcedures = {
  signIn: publicProcedure.input(signInInput).mutation(async ({ ctx, input }) => {
    await ctx.limitSignIn(input.email);
    const { token, expiresAt, me } = await signIn(ctx, input);
    ctx.setSession(token, expiresAt);
    return me;
  }),
  signOut: publicProcedure.input(z.object({}).optional()).mutation(async ({ ctx }) => {
    await signOut(ctx);
    ctx.setSession(null, null);
    return {};
  }),
  miniApp: publicProcedure.input(miniAppInput).mutation(({ ctx, input }) => signInMiniApp(ctx, input)),
};

export const sessionsRouter = router({
  list: agentProcedure.query(async ({ ctx }) => ({ sessions: await listSessions(ctx) })),
  revoke: agentProcedure
    .input(revokeSessionsInput)
    .mutation(async ({ ctx, input }) => ({ ended: await revokeSessions(ctx, input) })),
});
