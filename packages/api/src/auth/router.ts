import { z } from "zod";
import { procedure, router } from "../trpc.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "./api-keys.ts";
import {
  createApiKeyInput,
  miniAppInput,
  revokeSessionsInput,
  setDisabledInput,
  setRoleInput,
  signInInput,
} from "./schema.ts";
import { getMe, signIn, signInMiniApp, signOut } from "./service.ts";
import { listSessions, revokeSessions } from "./sessions.ts";
import { listTeam, setDisabled, setRole } from "./team.ts";

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
  sessions: router({
    list: procedure.query(async ({ ctx }) => ({ sessions: await listSessions(ctx) })),
    revoke: procedure
      .input(revokeSessionsInput)
      .mutation(async ({ ctx, input }) => ({ ended: await revokeSessions(ctx, input) })),
  }),
  apiKeys: router({
    list: procedure.query(async ({ ctx }) => ({ apiKeys: await listApiKeys(ctx) })),
    create: procedure.input(createApiKeyInput).mutation(({ ctx, input }) => createApiKey(ctx, input)),
    revoke: procedure.input(z.object({ id: z.uuid() })).mutation(async ({ ctx, input }) => {
      await revokeApiKey(ctx, input);
      return {};
    }),
  }),
  team: router({
    list: procedure.query(async ({ ctx }) => ({ team: await listTeam(ctx) })),
    setRole: procedure.input(setRoleInput).mutation(async ({ ctx, input }) => {
      await setRole(ctx, input);
      return {};
    }),
    setDisabled: procedure.input(setDisabledInput).mutation(async ({ ctx, input }) => {
      await setDisabled(ctx, input);
      return {};
    }),
  }),
});
