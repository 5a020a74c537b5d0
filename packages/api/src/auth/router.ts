import { z } from "zod";
import { peopleRouter } from "../people/router.ts";
import { streamLatest } from "../realtime/stream.ts";
import { retentionRouter } from "../retention/router.ts";
import { router, signedInProcedure, staffProcedure } from "../trpc.ts";
import { getMe } from "./account/me.ts";
import {
  passkeysRouter,
  passwordRouter,
  profileProcedures,
  sessionsRouter,
  setUpRouter,
  signInProcedures,
  totpRouter,
} from "./account/router.ts";
import { telegramRouter } from "./account/telegram-router.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "./api-keys.ts";
import { auditRouter } from "./audit/router.ts";
import { followSession } from "./on-session.ts";
import { createApiKeyInput, socketTokenInput } from "./schema.ts";
import { issueSocketToken } from "./socket-token.ts";
import { rolesRouter, teamRouter } from "./team/router.ts";
import { issueTicket } from "./ticket.ts";

export const authRouter = router({
  me: signedInProcedure.query(({ ctx }) => getMe(ctx)),
  onSession: signedInProcedure.subscription(async function* ({ ctx, signal }) {
    yield* streamLatest(ctx, followSession(ctx), { signal });
  }),
  ticket: signedInProcedure.input(z.object({}).optional()).mutation(({ ctx }) => issueTicket(ctx)),
  socketToken: signedInProcedure.input(socketTokenInput).mutation(({ ctx, input }) => issueSocketToken(ctx, input)),
  ...signInProcedures,
  ...profileProcedures,
  setUp: setUpRouter,
  password: passwordRouter,
  totp: totpRouter,
  passkeys: passkeysRouter,
  sessions: sessionsRouter,
  team: teamRouter,
  telegram: telegramRouter,
  roles: rolesRouter,
  audit: auditRouter,
  people: peopleRouter,
  retention: retentionRouter,
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
