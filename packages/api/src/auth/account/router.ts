import { z } from "zod";
import { agentProcedure, cookieProcedure, publicProcedure, router, type TrpcContext } from "../../trpc.ts";
import { requireAgent } from "../permissions.ts";
import type { Me } from "../schema.ts";
import { changePassword } from "./change-password.ts";
import { confirmSession } from "./confirm-session.ts";
import type { SignedIn } from "./create-session.ts";
import { signInMiniApp } from "./mini-app.ts";
import {
  confirmWithPasskey,
  passkeyRegistration,
  passkeySignIn,
  registerPasskey,
  removePasskey,
  renamePasskey,
  signInWithPasskey,
} from "./passkeys.ts";
import { getSecurity, signInMethodsOf, updateProfile } from "./profile.ts";
import { checkReset, requestReset, resetPassword } from "./reset-password.ts";
import {
  changePasswordInput,
  checkLinkInput,
  completeSetUpInput,
  confirmInput,
  disableTotpInput,
  miniAppInput,
  registerPasskeyInput,
  removePasskeyInput,
  renamePasskeyInput,
  requestResetInput,
  resetPasswordInput,
  revokeSessionsInput,
  signInInput,
  signInWithPasskeyInput,
  totpCodeInput,
  updateProfileInput,
} from "./schema.ts";
import { listSessions, revokeSessions } from "./sessions.ts";
import { checkSetUp, completeSetUp } from "./set-up.ts";
import { signIn, signOut } from "./sign-in.ts";
import { beginTotp, confirmTotp, disableTotp, renewBackupCodes } from "./totp.ts";

const nothing = z.object({}).optional();

/** The browser gets the session as a cookie, the page who has come in. */
function answerSignedIn(
  ctx: { setSession: NonNullable<TrpcContext["setSession"]> },
  { token, expiresAt, me }: SignedIn,
): Me {
  ctx.setSession(token, expiresAt);
  return me;
}

/** Signing in and out. */
export const signInProcedures = {
  signIn: cookieProcedure.input(signInInput).mutation(async ({ ctx, input }) => {
    await ctx.limitSignIn(input.email);
    return answerSignedIn(ctx, await signIn(ctx, input));
  }),
  signOut: publicProcedure.input(nothing).mutation(async ({ ctx }) => {
    await signOut(ctx);
    // A customer's session is no cookie: the agent who is signed in in the same browser stays.
    if (ctx.actor.kind !== "customer") ctx.setSession?.(null, null);
    return {};
  }),
  methods: publicProcedure.query(({ ctx }) => signInMethodsOf(ctx)),
  miniApp: publicProcedure.input(miniAppInput).mutation(({ ctx, input }) => signInMiniApp(ctx, input)),
};

/**
 * The first Admin. Whatever takes a token of a link is a mutation, because a query's input stands in the address, and addresses are logged.
 */
export const setUpRouter = router({
  check: publicProcedure.input(checkLinkInput).mutation(async ({ ctx, input }) => {
    await checkSetUp(ctx, input);
    return {};
  }),
  complete: cookieProcedure
    .input(completeSetUpInput)
    .mutation(async ({ ctx, input }) => answerSignedIn(ctx, await completeSetUp(ctx, input))),
});

/** The caller's own account. */
export const profileProcedures = {
  profile: router({
    update: agentProcedure.input(updateProfileInput).mutation(async ({ ctx, input }) => {
      await updateProfile(ctx, input);
      return {};
    }),
  }),
  security: agentProcedure.query(({ ctx }) => getSecurity(ctx)),
  /** After `CONFIRMATION_REQUIRED`: what was refused can be asked for again for a quarter of an hour. */
  confirm: agentProcedure.input(confirmInput).mutation(async ({ ctx, input }) => {
    await ctx.limitSignIn(requireAgent(ctx.actor).email);
    await confirmSession(ctx, input);
    return {};
  }),
};

export const passwordRouter = router({
  change: agentProcedure.input(changePasswordInput).mutation(({ ctx, input }) => changePassword(ctx, input)),
  requestReset: publicProcedure.input(requestResetInput).mutation(async ({ ctx, input }) => {
    await ctx.limitSignIn(input.email);
    requestReset(ctx, input);
    return {};
  }),
  checkReset: publicProcedure.input(checkLinkInput).mutation(({ ctx, input }) => checkReset(ctx, input)),
  reset: cookieProcedure
    .input(resetPasswordInput)
    .mutation(async ({ ctx, input }) => answerSignedIn(ctx, await resetPassword(ctx, input))),
});

export const totpRouter = router({
  begin: agentProcedure.input(nothing).mutation(({ ctx }) => beginTotp(ctx)),
  confirm: agentProcedure.input(totpCodeInput).mutation(({ ctx, input }) => confirmTotp(ctx, input)),
  disable: agentProcedure.input(disableTotpInput).mutation(async ({ ctx, input }) => {
    await disableTotp(ctx, input);
    return {};
  }),
  renewBackupCodes: agentProcedure.input(totpCodeInput).mutation(({ ctx, input }) => renewBackupCodes(ctx, input)),
});

export const passkeysRouter = router({
  registerOptions: agentProcedure.input(nothing).mutation(({ ctx }) => passkeyRegistration(ctx)),
  register: agentProcedure.input(registerPasskeyInput).mutation(({ ctx, input }) => registerPasskey(ctx, input)),
  rename: agentProcedure.input(renamePasskeyInput).mutation(async ({ ctx, input }) => {
    await renamePasskey(ctx, input);
    return {};
  }),
  remove: agentProcedure.input(removePasskeyInput).mutation(async ({ ctx, input }) => {
    await removePasskey(ctx, input);
    return {};
  }),
  signInOptions: publicProcedure.input(nothing).mutation(({ ctx }) => passkeySignIn(ctx)),
  signIn: cookieProcedure.input(signInWithPasskeyInput).mutation(async ({ ctx, input }) => {
    await ctx.limitSignIn(`passkey ${input.response.id}`);
    return answerSignedIn(ctx, await signInWithPasskey(ctx, input));
  }),
  /** What `confirm` is, with an answer to `signInOptions`. */
  confirm: agentProcedure.input(signInWithPasskeyInput).mutation(async ({ ctx, input }) => {
    await ctx.limitSignIn(`passkey ${input.response.id}`);
    await confirmWithPasskey(ctx, input);
    return {};
  }),
});

export const sessionsRouter = router({
  list: agentProcedure.query(async ({ ctx }) => ({ sessions: await listSessions(ctx) })),
  revoke: agentProcedure
    .input(revokeSessionsInput)
    .mutation(async ({ ctx, input }) => ({ ended: await revokeSessions(ctx, input) })),
});
