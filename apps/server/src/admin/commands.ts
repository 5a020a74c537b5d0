import type { Command } from "./command.ts";
import { AGENT_COMMANDS } from "./commands/agents.ts";
import { AUDIT_COMMANDS } from "./commands/audit.ts";
import { BACKUP_COMMANDS } from "./commands/backup.ts";
import { CONVERSATION_COMMANDS } from "./commands/conversations.ts";
import { KEY_COMMANDS } from "./commands/keys.ts";
import { RETENTION_COMMANDS } from "./commands/retention.ts";
import { ROLE_COMMANDS } from "./commands/roles.ts";
import { USER_COMMANDS } from "./commands/users.ts";

/** All there are, as the overview lists them. */
export const COMMANDS: readonly Command[] = [
  ...USER_COMMANDS,
  ...AGENT_COMMANDS,
  ...ROLE_COMMANDS,
  ...KEY_COMMANDS,
  ...CONVERSATION_COMMANDS,
  ...RETENTION_COMMANDS,
  ...AUDIT_COMMANDS,
  ...BACKUP_COMMANDS,
];
