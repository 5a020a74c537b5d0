import type { Command } from "./command.ts";
import { ACCOUNT_COMMANDS } from "./commands/accounts.ts";
import { BULK_COMMANDS } from "./commands/bulk.ts";
import { CONVERSATION_COMMANDS } from "./commands/conversations.ts";
import { CRM_COMMANDS } from "./commands/crm.ts";
import { INSTALLATION_COMMANDS } from "./commands/installation.ts";
import { NOTICE_COMMANDS } from "./commands/notices.ts";
import { NOTIFICATION_COMMANDS } from "./commands/notifications.ts";
import { ROOM_COMMANDS } from "./commands/rooms.ts";
import { TEAM_COMMANDS } from "./commands/team.ts";
import { USER_COMMANDS } from "./commands/users.ts";

/** All there are, as the overview lists them. */
export const COMMANDS: readonly Command[] = [
  ...USER_COMMANDS,
  ...TEAM_COMMANDS,
  ...CONVERSATION_COMMANDS,
  ...NOTIFICATION_COMMANDS,
  ...NOTICE_COMMANDS,
  ...ROOM_COMMANDS,
  ...ACCOUNT_COMMANDS,
  ...CRM_COMMANDS,
  ...BULK_COMMANDS,
  ...INSTALLATION_COMMANDS,
];
