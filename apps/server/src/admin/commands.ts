import type { Command } from "./command.ts";
import { CONVERSATION_COMMANDS } from "./commands/conversations.ts";
import { INSTALLATION_COMMANDS } from "./commands/installation.ts";
import { NOTIFICATION_COMMANDS } from "./commands/notifications.ts";
import { TEAM_COMMANDS } from "./commands/team.ts";
import { USER_COMMANDS } from "./commands/users.ts";

/** All there are, as the overview lists them. */
export const COMMANDS: readonly Command[] = [
  ...USER_COMMANDS,
  ...TEAM_COMMANDS,
  ...CONVERSATION_COMMANDS,
  ...NOTIFICATION_COMMANDS,
  ...INSTALLATION_COMMANDS,
];
