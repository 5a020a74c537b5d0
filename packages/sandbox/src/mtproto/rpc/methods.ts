import { accountMethods } from "./account.ts";
import { authMethods } from "./auth.ts";
import { changeMethods } from "./change.ts";
import { channelMethods } from "./channels.ts";
import { contactsMethods } from "./contacts.ts";
import { dialogMethods } from "./dialogs.ts";
import { helpMethods } from "./help.ts";
import { historyMethods } from "./history.ts";
import type { Method } from "./method.ts";
import { readingMethods } from "./reading.ts";
import { scheduledMethods } from "./scheduled.ts";
import { sendMethods } from "./send.ts";
import { updatesMethods } from "./updates.ts";
import { uploadMethods } from "./upload.ts";
import { usersMethods } from "./users.ts";

/** Everything that the data centre knows; the rest answers METHOD_NOT_SIMULATED. */
export const METHODS: readonly Method[] = [
  ...accountMethods,
  ...authMethods,
  ...changeMethods,
  ...channelMethods,
  ...readingMethods,
  ...scheduledMethods,
  ...uploadMethods,
  ...contactsMethods,
  ...dialogMethods,
  ...helpMethods,
  ...historyMethods,
  ...sendMethods,
  ...updatesMethods,
  ...usersMethods,
];
