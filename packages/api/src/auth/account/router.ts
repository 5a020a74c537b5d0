import { z } from "zod";
import type { Context } from "../../context.ts";
import { agentProcedure, cookieProcedure, done, publicProcedure, router, type TrpcContext } from "../../trpc.ts";
import { requireAgent } from "../permissions.ts";
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
import { changePassword, checkReset, requestReset, resetPassword } from "./password.ts";
import { getSecurity, signInMethodsOf, updateProfile } from "./profile.ts";
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

/** Resolves a `cookieProcedure`: the browser gets the session as a cookie, the page the agent. */
export const enter =
  <Input>(service: (ctx: Context, input: Input) => Promise<SignedIn>) =>
  async ({ ctx, input }: { ctx: Context & { setSession: NonNullable<TrpcContext["setSession"]> }; input: Input }) => {
    const { token, expiresAt, me } = await service(ctx, input);
    ctx.setSession(token, expiresAt);
    return me;
  };

/**
 * Signing in and out, and the caller's own account. Whatever takes a token of a link is a mutation, because a query's input stands in the
 * address, and addresses are logged.
 */
export const accountProcedures = {
  methods: publicProcedure.query(({ ctx }) => signInMethodsOf(ctx)),
  signIn: cookieProcedure.input(signInInput).mutation(async (call) => {
    await call.ctx.limitSignIn(call.input.email);
    return enter(signIn)(call);
  }),
  signOut: publicProcedure.input(nothing).mutation(async ({ ctx }) => {
    await signOut(ctx);
    // A customer's session is no cookie: the agent who is signed in in the same browser stays.
    if (ctx.actor.kind !== "customer") ctx.setSession?.(null, null);
    return {};
  }),
  miniApp: publicProcedure.input(miniAppInput).mutation(({ ctx, input }) => signInMiniApp(ctx, input)),
  /** The first Admin. */
  setUp: router({
    check: publicProcedure.input(checkLinkInput).mutation(done(checkSetUp)),
    complete: cookieProcedure.input(completeSetUpInput).mutation(enter(completeSetUp)),
  }),
  profile: router({ update: agentProcedure.input(updateProfileInput).mutation(done(updateProfile)) }),
  security: agentProcedure.query(({ ctx }) => getSecurity(ctx)),
  /** After `CONFIRMATION_REQUIRED`: what was refused can be asked for again for a quarter of an hour. */
  confirm: agentProcedure.input(confirmInput).mutation(async ({ ctx, input }) => {
    await ctx.limitSignIn(requireAgent(ctx.actor).email);
    await confirmSession(ctx, input);
    return {};
  }),
  password: router({
    change: agentProcedure.input(changePasswordInput).mutation(({ ctx, input }) => changePassword(ctx, input)),
    requestReset: publicProcedure.input(requestResetInput).mutation(async ({ ctx, input }) => {
      await ctx.limitSignIn(input.email);
      requestReset(ctx, input);
      return {};
    }),
    checkReset: publicProcedure.input(checkLinkInput).mutation(({ ctx, input }) => checkReset(ctx, input)),
    reset: cookieProcedure.input(resetPasswordInput).mutation(enter(resetPassword)),
  }),
  totp: router({
    begin: agentProcedure.input(nothing).mutation(({ ctx }) => beginTotp(ctx)),
    confirm: agentProcedure.input(totpCodeInput).mutation(({ ctx, input }) => confirmTotp(ctx, input)),
    disable: agentProcedure.input(disableTotpInput).mutation(done(disableTotp)),
    renewBackupCodes: agentProcedure.input(totpCodeInput).mutation(({ ctx, input }) => renewBackupCodes(ctx, input)),
  }),
  passkeys: router({
    registerOptions: agentProcedure.input(nothing).mutation(({ ctx }) => passkeyRegistration(ctx)),
    register: agentProcedure.input(registerPasskeyInput).mutation(({ ctx, input }) => registerPasskey(ctx, input)),
    rename: agentProcedure.input(renamePasskeyInput).mutation(done(renamePasskey)),
    remove: agentProcedure.input(removePasskeyInput).mutation(done(removePasskey)),
    signInOptions: publicProcedure.input(nothing).mutation(({ ctx }) => passkeySignIn(ctx)),
    signIn: cookieProcedure.input(signInWithPasskeyInput).mutation(async (call) => {
      await call.ctx.limitSignIn(`passkey ${call.input.response.id}`);
      return enter(signInWithPasskey)(call);
    }),
    /** What `confirm` is, with an answer to `signInOptions`. */
    confirm: agentProcedure.input(signInWithPasskeyInput).mutation(async ({ ctx, input }) => {
      await ctx.limitSignIn(`passkey ${input.response.id}`);
      await confirmWithPasskey(ctx, input);
      return {};
    }),
  }),
  sessions: router({
    list: agentProcedure.query(async ({ ctx }) => ({ sessions: await listSessions(ctx) })),
    revoke: agentProcedure
      .input(revokeSessionsInput)
      .mutation(async ({ ctx, input }) => ({ ended: await revokeSessions(ctx, input) })),
  }),
};
