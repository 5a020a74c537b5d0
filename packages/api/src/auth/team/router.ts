import { cookieProcedure, publicProcedure, router, staffProcedure } from "../../trpc.ts";
import { checkLinkInput } from "../account/schema.ts";
import { acceptInvitation, invite, listInvitations, openInvitation, revokeInvitation } from "./invitations.ts";
import { createRole, listRoles, removeRole, updateRole } from "./roles.ts";
import {
  acceptInput,
  createRoleInput,
  inviteInput,
  personInput,
  removeRoleInput,
  revokeInvitationInput,
  setDisabledInput,
  setRoleInput,
  updateRoleInput,
} from "./schema.ts";
import { disableTotpOf, endSessionsOf, listTeam, makeResetLink, setDisabled, setRole } from "./team.ts";

export const teamRouter = router({
  list: staffProcedure("auth:read").query(async ({ ctx }) => ({ team: await listTeam(ctx) })),
  setRole: staffProcedure("auth:write")
    .input(setRoleInput)
    .mutation(async ({ ctx, input }) => {
      await setRole(ctx, input);
      return {};
    }),
  setDisabled: staffProcedure("auth:write")
    .input(setDisabledInput)
    .mutation(({ ctx, input }) => setDisabled(ctx, input)),
  endSessions: staffProcedure("auth:write")
    .input(personInput)
    .mutation(async ({ ctx, input }) => ({ ended: await endSessionsOf(ctx, input) })),
  resetLink: staffProcedure("auth:write")
    .input(personInput)
    .mutation(({ ctx, input }) => makeResetLink(ctx, input)),
  disableTotp: staffProcedure("auth:write")
    .input(personInput)
    .mutation(async ({ ctx, input }) => {
      await disableTotpOf(ctx, input);
      return {};
    }),
  invite: staffProcedure("auth:write")
    .input(inviteInput)
    .mutation(({ ctx, input }) => invite(ctx, input)),
  invitations: staffProcedure("auth:read").query(async ({ ctx }) => ({ invitations: await listInvitations(ctx) })),
  revokeInvitation: staffProcedure("auth:write")
    .input(revokeInvitationInput)
    .mutation(async ({ ctx, input }) => {
      await revokeInvitation(ctx, input);
      return {};
    }),
  /** A mutation, because a query's input stands in the address, and addresses are logged. */
  invitation: publicProcedure.input(checkLinkInput).mutation(({ ctx, input }) => openInvitation(ctx, input)),
  accept: cookieProcedure.input(acceptInput).mutation(async ({ ctx, input }) => {
    const { token, expiresAt, me } = await acceptInvitation(ctx, input);
    ctx.setSession(token, expiresAt);
    return me;
  }),
});

export const rolesRouter = router({
  list: staffProcedure("auth:read").query(async ({ ctx }) => ({ roles: await listRoles(ctx) })),
  create: staffProcedure("auth:write")
    .input(createRoleInput)
    .mutation(({ ctx, input }) => createRole(ctx, input)),
  update: staffProcedure("auth:write")
    .input(updateRoleInput)
    .mutation(async ({ ctx, input }) => {
      await updateRole(ctx, input);
      return {};
    }),
  remove: staffProcedure("auth:write")
    .input(removeRoleInput)
    .mutation(async ({ ctx, input }) => {
      await removeRole(ctx, input);
      return {};
    }),
});
