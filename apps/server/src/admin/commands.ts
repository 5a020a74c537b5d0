import type { Command } from "./command.ts";
import { CONVERSATION_COMMANDS } from "./commands/conversations.ts";
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
  ...INSTALLATION_COMMANDS,
];
