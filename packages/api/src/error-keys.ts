import { authError } from "./auth/errors.ts";
import { backupError } from "./backup/errors.ts";
import { chatsError } from "./chats/errors.ts";
import { crmError } from "./crm/errors.ts";
import { type KeysOf, requestError } from "./errors.ts";
import { mediaError } from "./media/errors.ts";
import { noticesError } from "./notices/errors.ts";
import { notificationsError } from "./notifications/errors.ts";
import { peopleError } from "./people/errors.ts";
import { supportError } from "./support/errors.ts";
import { tradingError } from "./trading/errors.ts";
import { workflowsError } from "./workflows/errors.ts";

/** Everything that is ever refused. */
export const ERRORS = [
  requestError,
  authError,
  peopleError,
  backupError,
  mediaError,
  supportError,
  notificationsError,
  noticesError,
  tradingError,
  chatsError,
  workflowsError,
  crmError,
] as const;
export type ErrorKey = KeysOf<(typeof ERRORS)[number]>;
