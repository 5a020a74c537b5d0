import { z } from "zod";
import { erasePerson } from "../people/erase.ts";
import { exportPerson } from "../people/export.ts";
import { searchPeople, showPerson } from "../people/find.ts";
import { issueLinkChallenge, linkIdentity } from "../people/link.ts";
import { mergePeople, previewMerge, undoMerge } from "../people/merge.ts";
import { changeRole } from "../people/roles.ts";
import {
  eraseInput,
  grantInput,
  identityRef,
  linkInput,
  mergeInput,
  searchPeopleInput,
  showPersonInput,
} from "../people/schema.ts";
import { streamLatest } from "../realtime/stream.ts";
import { getRetention, runRetention, setRetention } from "../retention/retention.ts";
import { runRetentionInput, setRetentionInput } from "../retention/schema.ts";
import {
  agentProcedure,
  cookieProcedure,
  done,
  publicProcedure,
  router,
  signedInProcedure,
  staffProcedure,
} from "../trpc.ts";
import { getMe } from "./account/profile.ts";
import { accountProcedures, enter } from "./account/router.ts";
import { checkLinkInput } from "./account/schema.ts";
import { getTelegramLink, unlinkTelegram } from "./account/telegram-sign-in.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "./api-keys.ts";
import { exportAudit, listAudit, listAuditActions } from "./audit/audit-log.ts";
import { auditExportInput, auditListInput } from "./audit/schema.ts";
import { followSession } from "./on-session.ts";
import { createApiKeyInput, socketTokenInput } from "./schema.ts";
import { issueSocketToken } from "./socket-token.ts";
import { acceptInvitation, invite, listInvitations, openInvitation, revokeInvitation } from "./team/invitations.ts";
import { createRole, listRoles, removeRole, updateRole } from "./team/roles.ts";
import {
  acceptInput,
  createRoleInput,
  inviteInput,
  personInput,
  setDisabledInput,
  setRoleInput,
  updateRoleInput,
} from "./team/schema.ts";
import { disableTotpOf, endSessionsOf, listTeam, makeResetLink, setDisabled, setRole } from "./team/team.ts";
import { issueTicket } from "./ticket.ts";

const read = staffProcedure("auth:read");
const write = staffProcedure("auth:write");
const byId = z.object({ id: z.uuid() });
const nothing = z.object({}).optional();

export const authRouter = router({
  ...accountProcedures,
  me: signedInProcedure.query(({ ctx }) => getMe(ctx)),
  onSession: signedInProcedure.subscription(async function* ({ ctx, signal }) {
    yield* streamLatest(ctx, followSession(ctx), { signal });
  }),
  ticket: signedInProcedure.input(nothing).mutation(({ ctx }) => issueTicket(ctx)),
  socketToken: signedInProcedure.input(socketTokenInput).mutation(({ ctx, input }) => issueSocketToken(ctx, input)),
  team: router({
    list: read.query(async ({ ctx }) => ({ team: await listTeam(ctx) })),
    setRole: write.input(setRoleInput).mutation(done(setRole)),
    setDisabled: write.input(setDisabledInput).mutation(({ ctx, input }) => setDisabled(ctx, input)),
    endSessions: write
      .input(personInput)
      .mutation(async ({ ctx, input }) => ({ ended: await endSessionsOf(ctx, input) })),
    resetLink: write.input(personInput).mutation(({ ctx, input }) => makeResetLink(ctx, input)),
    disableTotp: write.input(personInput).mutation(done(disableTotpOf)),
    invite: write.input(inviteInput).mutation(({ ctx, input }) => invite(ctx, input)),
    invitations: read.query(async ({ ctx }) => ({ invitations: await listInvitations(ctx) })),
    revokeInvitation: write.input(byId).mutation(done(revokeInvitation)),
    /** A mutation, because a query's input stands in the address, and addresses are logged. */
    invitation: publicProcedure.input(checkLinkInput).mutation(({ ctx, input }) => openInvitation(ctx, input)),
    accept: cookieProcedure.input(acceptInput).mutation(enter(acceptInvitation)),
  }),
  /** Telegram Login of an agent. To link it, the browser goes to `/auth/telegram/start?link=1&next=/…`. */
  telegram: router({
    get: agentProcedure.query(({ ctx }) => getTelegramLink(ctx)),
    unlink: agentProcedure.input(nothing).mutation(done(unlinkTelegram)),
  }),
  roles: router({
    list: read.query(async ({ ctx }) => ({ roles: await listRoles(ctx) })),
    create: write.input(createRoleInput).mutation(({ ctx, input }) => createRole(ctx, input)),
    update: write.input(updateRoleInput).mutation(done(updateRole)),
    remove: write.input(byId).mutation(done(removeRole)),
  }),
  /** The record of who did what. It is read here and added to nowhere but by what is recorded. */
  audit: router({
    list: read.input(auditListInput.prefault({})).query(({ ctx, input }) => listAudit(ctx, input)),
    actions: read.query(async ({ ctx }) => ({ actions: await listAuditActions(ctx) })),
    /** A mutation, because it leaves a trace. */
    export: read.input(auditExportInput.prefault({})).mutation(({ ctx, input }) => exportAudit(ctx, input)),
  }),
  people: router({
    search: read
      .input(searchPeopleInput.prefault({}))
      .query(async ({ ctx, input }) => ({ people: await searchPeople(ctx, input) })),
    show: read.input(showPersonInput).query(({ ctx, input }) => showPerson(ctx, input)),
    grant: write.input(grantInput).mutation(({ ctx, input }) => changeRole(ctx, input, input.role)),
    revoke: write.input(identityRef).mutation(({ ctx, input }) => changeRole(ctx, input, null)),
    linkChallenge: signedInProcedure.input(nothing).mutation(({ ctx }) => issueLinkChallenge(ctx)),
    link: signedInProcedure.input(linkInput).mutation(({ ctx, input }) => linkIdentity(ctx, input)),
    previewMerge: write.input(mergeInput).query(({ ctx, input }) => previewMerge(ctx, input)),
    merge: write.input(mergeInput).mutation(({ ctx, input }) => mergePeople(ctx, input)),
    undoMerge: write.input(byId).mutation(done(undoMerge)),
    export: write.input(personInput).mutation(({ ctx, input }) => exportPerson(ctx, input)),
    erase: write.input(eraseInput).mutation(({ ctx, input }) => erasePerson(ctx, input)),
  }),
  retention: router({
    get: read.query(({ ctx }) => getRetention(ctx)),
    set: write.input(setRetentionInput).mutation(({ ctx, input }) => setRetention(ctx, input)),
    run: write.input(runRetentionInput.prefault({})).mutation(({ ctx, input }) => runRetention(ctx, input)),
  }),
  apiKeys: router({
    list: read.query(async ({ ctx }) => ({ apiKeys: await listApiKeys(ctx) })),
    create: write.input(createApiKeyInput).mutation(({ ctx, input }) => createApiKey(ctx, input)),
    revoke: write.input(byId).mutation(done(revokeApiKey)),
  }),
});
