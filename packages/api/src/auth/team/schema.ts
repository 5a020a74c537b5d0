import { z } from "zod";
import { isStorable } from "../../storable.ts";
import { email, linkToken, newPassword, personName } from "../account/schema.ts";
import { type Permission, permission, type Role, role, type Scope, scope } from "../schema.ts";

export interface TeamMember {
  id: string;
  name: string;
  email: string;
  /** `User` while a custom role defines the agent's rights. */
  role: Role;
  /** A custom role's name, else that of `role`. */
  roleName: string;
  customRoleId: string | null;
  createdAt: string;
  /** Set while the account is deactivated. */
  disabledAt: string | null;
  /** Follows the inbox now, on any node. */
  isOnline: boolean;
  /** When any of the agent's sessions was last used, to the minute. */
  lastSeenAt: string | null;
  totpEnabled: boolean;
  /** How many the agent has. */
  passkeys: number;
}

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
export interface MadeLink {
  url: string;
  expiresAt: string;
}
export interface Invited extends MadeLink {
  id: string;
  mailed: boolean;
}

/** An invitation that waits. */
export interface Invitation {
  id: string;
  email: string;
  name: string | null;
  role: Role;
  customRoleId: string | null;
  roleName: string;
  /** Null when it was not an agent. */
  invitedBy: string | null;
  createdAt: string;
  expiresAt: string;
}

/** What its reader sees. */
export type OpenInvitation = Pick<Invitation, "email" | "name" | "roleName" | "invitedBy" | "expiresAt">;
export const acceptInput = z.object({ token: linkToken, name: personName, password: newPassword });
export type AcceptInput = z.infer<typeof acceptInput>;

/** A role as the team's page shows it. */
export interface RoleEntry {
  /** Null for the documented four. */
  id: string | null;
  name: string;
  builtIn: boolean;
  permissions: Permission[];
  scopes: Scope[];
  /** Agents who have it. */
  members: number;
}

export const createRoleInput = z.object({
  name: z.string().trim().min(1).max(50).refine(isStorable, "No NUL or half characters"),
  permissions: z.array(permission).max(3),
  scopes: z.array(scope).max(20),
});
export type CreateRoleInput = z.infer<typeof createRoleInput>;
export const updateRoleInput = createRoleInput.extend({ id: z.uuid() });
export type UpdateRoleInput = z.infer<typeof updateRoleInput>;
