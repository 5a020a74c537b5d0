import { z } from "zod";
import { instant } from "../../instant.ts";
import { reason, roomId } from "../fields.ts";

const moderated = { roomId, traderId: z.uuid().toLowerCase() };
export const muteInput = z.object({
  ...moderated,
  /** Null lets them write again. */
  until: instant.nullable(),
  reason: reason.default(null),
});
export type MuteInput = z.infer<typeof muteInput>;
export const warnInput = z.object({ ...moderated, reason: reason.unwrap().min(1) });
export type WarnInput = z.infer<typeof warnInput>;
export const removeInput = z.object({ ...moderated, reason: reason.default(null) });
export type RemoveInput = z.infer<typeof removeInput>;
export const readmitInput = z.object(moderated);
export type ReadmitInput = z.infer<typeof readmitInput>;
