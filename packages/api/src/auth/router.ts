import { z } from "zod";
import { router, signedInProcedure, staffProcedure } from "../trpc.ts";
import { sessionsRouter, signInProcedures } from "./account/router.ts";
import { getMe } from "./account/sign-in.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "./api-keys.ts";
import { createApiKeyInput } from "./schema.ts";
import { teamRouter } from "./team/router.ts";

export const authRouter = router({
  me: signedInProcedure.query(({ ctx }) => getMe(ctx)),
  ...signInProcedures,
  sessions: sessionsRouter,
  team: teamRouter,
  apiKeys: router({
    list: staffProcedure("auth:read").query(async ({ ctx }) => ({ apiKeys: await listApiKeys(ctx) })),
    create: staffProcedure("auth:write")
      .input(createApiKeyInput)
      .mutation(({ ctx, input }) => createApiKey(ctx, input)),
    revoke: staffProcedure("auth:write")
      .input(z.object({ id: z.uuid() }))
      .mutation(async ({ ctx, input }) => {
        await revokeApiKey(ctx, input);
        return {};
      }),
  }),
});
