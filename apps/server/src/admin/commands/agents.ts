import { ROLES } from "@pult/api/auth/schema.ts";
import { type Command, given as optionsOf, required, TEXT } from "../command.ts";
import { findRole } from "./roles.ts";

const AN_ID = "4b1f9a52-7c1e-4a58-9d1b-0d8a1c2e3f40";

export const AGENT_COMMANDS: readonly Command[] = [
  {
    name: "agents list",
    summary: "agents and former agents, with role and presence",
    example: "",
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
      return tools.api.auth.team.invite.mutate({ email, ...choice, ...optionsOf(given, { name: "name" }) });
    },
  },
  {
    name: "agents invitations",
    summary: "invitations that wait",
    example: "",
    run: ({ api }) => api.auth.team.invitations.query(),
  },
  {
    name: "agents withdraw",
    summary: "withdraws an invitation that waits",
    args: ["ID"],
    example: AN_ID,
    run: ({ api }, { args: [id = ""] }) => api.auth.team.revokeInvitation.mutate({ id }),
  },
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
  {
    name: "agents disable",
    summary:
      "deactivates an agent: ends their sessions, sockets, open invitations and links, and revokes their API keys for good",
    args: ["ID"],
    example: AN_ID,
    async run({ api }, { args: [personId = ""] }) {
      const { revokedKeys } = await api.auth.team.setDisabled.mutate({ personId, disabled: true });
      return {
        ended: "sessions, sockets, open invitations and links",
        revokedKeys,
        next: "`agents enable` reactivates the agent; keys, invitations and links have to be made anew",
      };
    },
  },
  {
    name: "agents enable",
    summary: "lets an agent in again; keys, invitations and links that ended do not come back",
    args: ["ID"],
    example: AN_ID,
    async run({ api }, { args: [personId = ""] }) {
      await api.auth.team.setDisabled.mutate({ personId, disabled: false });
      return {};
    },
  },
  {
    name: "agents reset-link",
    summary: "makes a link by which an agent chooses a new password",
    args: ["ID"],
    example: AN_ID,
    run: ({ api }, { args: [personId = ""] }) => api.auth.team.resetLink.mutate({ personId }),
  },
  {
    name: "agents end-sessions",
    summary: "signs an agent out everywhere",
    args: ["ID"],
    example: AN_ID,
    run: ({ api }, { args: [personId = ""] }) => api.auth.team.endSessions.mutate({ personId }),
  },
];
