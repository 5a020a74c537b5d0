import { z } from "zod";
import { role } from "../schema.ts";

export const teamMember = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  role,
  createdAt: z.iso.datetime(),
  /** Set while he is kept out. */
  disabledAt: z.iso.datetime().nullable(),
  /** Follows the inbox now, on any node. */
  isOnline: z.boolean(),
});
export type TeamMember = z.infer<typeof teamMember>;

export const setRoleInput = z.object({ personId: z.uuid(), role });
export const setDisabledInput = z.object({ personId: z.uuid(), disabled: z.boolean() });
