import { z } from "zod";
import { isStorable } from "../../storable.ts";
import { email, linkToken, newPassword, personName } from "../account/schema.ts";
import { permission, role, scope } from "../schema.ts";

export const teamMember = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  /** `User` while a custom role defines the agent's rights. */
  role,
  /** A custom role's name, else that of `role`. */
  roleName: z.string(),
  customRoleId: z.uuid().nullable(),
  createdAt: z.iso.datetime(),
  /** Set while the account is deactivated. */
  disabledAt: z.iso.datetime().nullable(),
  /** Follows the inbox now, on any node. */
  isOnline: z.boolean(),
  /** When any of the agent's sessions was last used, to the minute. */
  lastSeenAt: z.iso.datetime().nullable(),
  totpEnabled: z.boolean(),
  /** How many the agent has. */
  passkeys: z.int(),
});
export type TeamMember = z.infer<typeof teamMember>;

const documentedRole = z.object({ role });
const customRole = z.object({ customRoleId: z.uuid() });
/** One of the four documented roles, or one that an Admin has named. */
export type RoleChoice = z.infer<typeof documentedRole> | z.infer<typeof customRole>;

export const personInput = z.object({ personId: z.uuid() });
export const setRoleInput = z.union([personInput.extend(documentedRole.shape), personInput.extend(customRole.shape)]);
export const setDisabledInput = personInput.extend({ disabled: z.boolean() });

const invitee = z.object({ email, name: personName.optional() });
export const inviteInput = z.union([invitee.extend(documentedRole.shape), invitee.extend(customRole.shape)]);
export type InviteInput = z.infer<typeof inviteInput>;

/** A link for its creator to pass on. */
export const madeLink = z.object({ url: z.string(), expiresAt: z.iso.datetime() });
export type MadeLink = z.infer<typeof madeLink>;
export const invited = madeLink.extend({ id: z.uuid(), mailed: z.boolean() });
export type Invited = z.infer<typeof invited>;

/** An invitation that waits. */
export const invitation = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string().nullable(),
  role,
  customRoleId: z.uuid().nullable(),
  roleName: z.string(),
  /** Null when it was not an agent. */
  invitedBy: z.string().nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type Invitation = z.infer<typeof invitation>;

/** What its reader sees. */
export const openInvitation = invitation.pick({
  email: true,
  name: true,
  roleName: true,
  invitedBy: true,
  expiresAt: true,
});
export type OpenInvitation = z.infer<typeof openInvitation>;
export const acceptInput = z.object({ token: linkToken, name: personName, password: newPassword });
export type AcceptInput = z.infer<typeof acceptInput>;

/** A role as the team's page shows it. */
export const roleEntry = z.object({
  /** Null for the documented four. */
  id: z.uuid().nullable(),
  name: z.string(),
  builtIn: z.boolean(),
  permissions: z.array(permission),
  scopes: z.array(scope),
  /** Agents who have it. */
  members: z.int(),
});
export type RoleEntry = z.infer<typeof roleEntry>;

export const createRoleInput = z.object({
  name: z.string().trim().min(1).max(50).refine(isStorable, "No NUL or half characters"),
  permissions: z.array(permission).max(3),
  scopes: z.array(scope).max(20),
});
export type CreateRoleInput = z.infer<typeof createRoleInput>;
export const updateRoleInput = createRoleInput.extend({ id: z.uuid() });
export type UpdateRoleInput = z.infer<typeof updateRoleInput>;
