import { PERMISSIONS, ROLES, type Role, type Scope, scope } from "@pult/api/auth/schema.ts";
import {
  AN_ID,
  byId,
  type Command,
  type Given,
  oneOf,
  optionalNumber,
  required,
  TEXT,
  TEXTS,
  type Tools,
  UsageError,
} from "../command.ts";

type RoleChoice = { role: Role } | { customRoleId: string };

/** A role by its name, documented or custom. @throws UsageError when there is none of that name */
async function findRole({ api }: Pick<Tools, "api">, name: string, option: string): Promise<RoleChoice> {
  const role = ROLES.find((one) => one === name);
  if (role) return { role };
  const { roles } = await api.auth.roles.list.query();
  const custom = roles.find((one) => !one.builtIn && (one.name === name || one.id === name));
  if (custom?.id) return { customRoleId: custom.id };
  throw new UsageError(`${option} must be one of ${roles.map((one) => one.name).join(", ")}`);
}

/** @throws UsageError for one that is none */
function scopesOf(given: Given): Scope[] {
  return given.list("scope").map((one) => {
    const parsed = scope.safeParse(one);
    if (!parsed.success) throw new UsageError(`--scope ${one}: a domain with :read or :write, or *`);
    return parsed.data;
  });
}

/** Agents, and what they and API keys may do. */
export const TEAM_COMMANDS: readonly Command[] = [
  {
    name: "agents list",
    summary: "agents and former agents, with role and presence",
    run: ({ api }) => api.auth.team.list.query(),
  },
  {
    name: "agents invite",
    summary: "makes an invitation and shows its link; mails it too, where mail is configured",
    options: { email: TEXT, role: TEXT, name: TEXT },
    example: "--email olga@example.com --role Moderator",
    async run(tools, given) {
      const email = required(given, "email");
      const choice = await findRole(tools, required(given, "role"), "--role");
      return tools.api.auth.team.invite.mutate({ email, ...choice, name: given.optional("name") });
    },
  },
  {
    name: "agents invitations",
    summary: "invitations that wait",
    run: ({ api }) => api.auth.team.invitations.query(),
  },
  byId("agents withdraw", "withdraws an invitation that waits", ({ api }, id) =>
    api.auth.team.revokeInvitation.mutate({ id }),
  ),
  {
    name: "agents set-role",
    summary: `gives an agent another role (${ROLES.join(", ")}, or one that was made); it holds at once`,
    args: ["ID"],
    options: { role: TEXT },
    example: `${AN_ID} --role Moderator`,
    async run(tools, given) {
      const [personId = ""] = given.args;
      const choice = await findRole(tools, required(given, "role"), "--role");
      return tools.api.auth.team.setRole.mutate({ personId, ...choice });
    },
  },
  byId(
    "agents disable",
    "deactivates an agent: ends their sessions, sockets, open invitations and links, and revokes their API keys for good",
    async ({ api }, personId) => {
      const { revokedKeys } = await api.auth.team.setDisabled.mutate({ personId, disabled: true });
      return {
        ended: "sessions, sockets, open invitations and links",
        revokedKeys,
        next: "`agents enable` reactivates the agent; keys, invitations and links have to be made anew",
      };
    },
  ),
  byId(
    "agents enable",
    "lets an agent in again; keys, invitations and links that ended do not come back",
    async ({ api }, personId) => {
      await api.auth.team.setDisabled.mutate({ personId, disabled: false });
      return {};
    },
  ),
  byId("agents reset-link", "makes a link by which an agent chooses a new password", ({ api }, personId) =>
    api.auth.team.resetLink.mutate({ personId }),
  ),
  byId("agents end-sessions", "signs an agent out everywhere", ({ api }, personId) =>
    api.auth.team.endSessions.mutate({ personId }),
  ),
  {
    name: "roles list",
    summary: "the documented roles and those that were made, with what they hold and how many agents have them",
    run: ({ api }) => api.auth.roles.list.query(),
  },
  {
    name: "roles create",
    summary: `makes a role of scopes and documented permissions (${PERMISSIONS.join(", ")})`,
    options: { name: TEXT, scope: TEXTS, permission: TEXTS },
    example: '--name "Night shift" --scope support:write --permission mute',
    run: ({ api }, given) =>
      api.auth.roles.create.mutate({
        name: required(given, "name"),
        scopes: scopesOf(given),
        permissions: given.list("permission").map((one) => oneOf(one, PERMISSIONS, "--permission")),
      }),
  },
  {
    name: "roles remove",
    summary: "removes a custom role that no agent holds",
    args: ["NAME"],
    example: '"Night shift"',
    async run(tools, { args: [name = ""] }) {
      const choice = await findRole(tools, name, "NAME");
      if (!("customRoleId" in choice)) throw new UsageError(`${name} is documented, and stays`);
      return tools.api.auth.roles.remove.mutate({ id: choice.customRoleId });
    },
  },
  {
    name: "keys list",
    summary: "API keys, newest first; never the keys themselves",
    run: ({ api }) => api.auth.apiKeys.list.query(),
  },
  {
    name: "keys create",
    summary: "makes an API key and shows it, once",
    options: { name: TEXT, scope: TEXTS, "expires-at": TEXT, "limit-per-minute": TEXT },
    example: '--name "Shop server" --scope support:write --expires-at 2027-01-01T00:00:00Z',
    run({ api }, given) {
      const scopes = scopesOf(given);
      if (scopes.length === 0) throw new UsageError("--scope is missing");
      return api.auth.apiKeys.create.mutate({
        name: required(given, "name"),
        scopes,
        expiresAt: given.optional("expires-at"),
        limitPerMinute: optionalNumber(given, "limit-per-minute"),
      });
    },
  },
  byId("keys revoke", "ends a key for good, and closes its sockets", ({ api }, id) =>
    api.auth.apiKeys.revoke.mutate({ id }),
  ),
];
