import { z } from "zod";
import type { Actor } from "../../actor.ts";
import { instant } from "../../instant.ts";
import { isStorable } from "../../storable.ts";

/** Everything that is recorded: dotted, past tense. */
export const AUDIT_ACTIONS = [
  "auth.accountLocked",
  "auth.agentAdded",
  "auth.agentDisabled",
  "auth.agentEnabled",
  "auth.auditExported",
  "auth.backupCodeUsed",
  "auth.backupCodesRenewed",
  "auth.backupTaken",
  "auth.identityLinked",
  "auth.identityUnlinked",
  "auth.invitationAccepted",
  "auth.invitationRevoked",
  "auth.invited",
  "auth.keyCreated",
  "auth.keyRevoked",
  "auth.mergeUndone",
  "auth.passkeyAdded",
  "auth.passkeyRemoved",
  "auth.passkeyRenamed",
  "auth.passwordChanged",
  "auth.passwordReset",
  "auth.peopleMerged",
  "auth.personErased",
  "auth.personExported",
  "auth.profileChanged",
  "auth.resetLinkMade",
  "auth.resetLinkWithdrawn",
  "auth.resetRequested",
  "auth.restored",
  "auth.retentionChanged",
  "auth.retentionRan",
  "auth.roleChanged",
  "auth.roleCreated",
  "auth.roleGranted",
  "auth.roleRemoved",
  "auth.roleRevoked",
  "auth.roleUpdated",
  "auth.secretsResealed",
  "auth.sessionConfirmed",
  "auth.sessionRevoked",
  "auth.sessionsEnded",
  "auth.setUp",
  "auth.setUpLinkIssued",
  "auth.signInFailed",
  "auth.signedIn",
  "auth.signedOut",
  "auth.tokensGuessed",
  "auth.totpDisabled",
  "auth.totpEnabled",
  "automations.changed",
  "automations.created",
  "automations.deleted",
  "bot.broadcastCancelled",
  "bot.broadcastPaused",
  "bot.broadcastResumed",
  "bot.broadcastRetried",
  "bot.broadcastSent",
  "bot.messagePinned",
  "bot.toastSent",
  "bulk.agreementEnded",
  "bulk.agreementRecorded",
  "bulk.approved",
  "bulk.cancelled",
  "bulk.changed",
  "bulk.created",
  "bulk.paused",
  "bulk.resumed",
  "bulk.settingsChanged",
  "bulk.submitted",
  "fields.changed",
  "fields.created",
  "fields.deleted",
  "pipelines.changed",
  "pipelines.created",
  "pipelines.deleted",
  "rooms.closed",
  "rooms.created",
  "rooms.memberMuted",
  "rooms.memberReadmitted",
  "rooms.memberRemoved",
  "rooms.memberWarned",
  "rooms.speakerAdded",
  "rooms.speakerRemoved",
  "tags.changed",
  "tags.created",
  "tags.deleted",
  "telegram.accountLinked",
  "telegram.accountShared",
  "telegram.accountUnlinked",
  "telegram.contactsKept",
  "telegram.contactsLeft",
  "telegram.exportImported",
  "telegram.sendingResumed",
  "views.changed",
  "views.created",
  "views.deleted",
  "webhooks.changed",
  "webhooks.created",
  "webhooks.deleted",
  "webhooks.rotated",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

const word = z.string().min(1).max(200).refine(isStorable, "No NUL or half characters");

/** `nextCursor` of the page before. */
const cursor = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, "Not one of ours")
  .nullish();

const auditFilter = z.object({
  /** Words that must all occur in what was done, by whom, to what or from where. */
  search: z.string().trim().max(200).refine(isStorable, "No NUL or half characters").default(""),
  action: word.optional(),
  actorId: word.optional(),
  targetId: word.optional(),
  /** Inclusive. */
  from: instant.optional(),
  /** Exclusive. */
  to: instant.optional(),
});
export type AuditFilter = z.infer<typeof auditFilter>;

export const auditListInput = auditFilter.extend({
  cursor,
  limit: z.number().int().min(1).max(200).default(50),
});
export type AuditListInput = z.infer<typeof auditListInput>;

export const auditExportInput = auditFilter.extend({
  /** `nextCursor` of the page before, with the same filter: sealed, and good for an hour from the first page on. */
  cursor: z
    .string()
    .regex(/^[\w.-]{1,500}$/, "Not one of ours")
    .nullish(),
  limit: z.number().int().min(1).max(5_000).default(1_000),
});
export type AuditExportInput = z.infer<typeof auditExportInput>;

/** Who is written down as having done it. */
export interface AuditActor {
  kind: Actor["kind"];
  id: string | null;
  name: string;
}

export interface AuditEntryShown {
  id: number;
  at: string;
  /** One of `AUDIT_ACTIONS`, or of what an older version recorded. */
  action: string;
  actor: AuditActor;
  /** What it was done to: `person`, `apiKey`, `session`, `role`, `conversation`, `settings` … */
  target: { kind: string; id: string; name: string | null } | null;
  ip: string;
  userAgent: string;
  details: Record<string, unknown>;
}

export interface AuditPage {
  entries: AuditEntryShown[];
  nextCursor: string | null;
}
