import { ROLES, scope } from "@pult/api/auth/schema.ts";
import { INBOX_VIEWS } from "@pult/api/support/schema.ts";
import { type Command, oneOf, required, UsageError, wholeNumber } from "./command.ts";

const text = { type: "string" } as const;

const keys: Command[] = [
  {
    name: "keys list",
    summary: "API keys, newest first; never the keys themselves",
    example: "",
    run: (api) => api.auth.apiKeys.list.query(),
  },
  {
    name: "keys create",
    summary: "makes an API key and shows it, once",
    options: { name: text, scope: { type: "string", multiple: true }, "expires-at": text },
    example: '--name "Shop server" --scope support:write --expires-at 2027-01-01T00:00:00Z',
    run(api, given) {
      const scopes = given.list("scope").map((one) => {
        const parsed = scope.safeParse(one);
        if (!parsed.success) throw new UsageError(`--scope ${one}: a domain with :read or :write, or *`);
        return parsed.data;
      });
      if (scopes.length === 0) throw new UsageError("--scope is missing");
      const expiresAt = given.text("expires-at");
      return api.auth.apiKeys.create.mutate({
        name: required(given, "name"),
        scopes,
        ...(expiresAt ? { expiresAt } : {}),
      });
    },
  },
  {
    name: "keys revoke",
    summary: "ends a key for good, and closes its sockets",
    args: ["ID"],
    example: "4b1f9a52-7c1e-4a58-9d1b-0d8a1c2e3f40",
    run: (api, { args: [id = ""] }) => api.auth.apiKeys.revoke.mutate({ id }),
  },
];

const agents: Command[] = [
  {
    name: "agents list",
    summary: "who is or was an agent, with role and whether he is there",
    example: "",
    run: (api) => api.auth.team.list.query(),
  },
  {
    name: "agents set-role",
    summary: `gives an agent another role (${ROLES.join(", ")}); it holds at once`,
    args: ["ID"],
    options: { role: text },
    example: "4b1f9a52-7c1e-4a58-9d1b-0d8a1c2e3f40 --role Moderator",
    run: (api, given) =>
      api.auth.team.setRole.mutate({
        personId: given.args[0] ?? "",
        role: oneOf(required(given, "role"), ROLES, "--role"),
      }),
  },
  {
    name: "agents disable",
    summary: "keeps an agent out: his sessions end, his sockets are closed",
    args: ["ID"],
    example: "4b1f9a52-7c1e-4a58-9d1b-0d8a1c2e3f40",
    run: (api, { args: [personId = ""] }) => api.auth.team.setDisabled.mutate({ personId, disabled: true }),
  },
  {
    name: "agents enable",
    summary: "lets an agent in again",
    args: ["ID"],
    example: "4b1f9a52-7c1e-4a58-9d1b-0d8a1c2e3f40",
    run: (api, { args: [personId = ""] }) => api.auth.team.setDisabled.mutate({ personId, disabled: false }),
  },
];

const conversations: Command[] = [
  {
    name: "conversations list",
    summary: `a page of the inbox (--view ${INBOX_VIEWS.join(" | ")}; --cursor for the next)`,
    options: { view: text, search: text, limit: text, cursor: text },
    example: "--view unassigned --search refund",
    run(api, given) {
      const limit = given.text("limit");
      const cursor = given.text("cursor");
      return api.support.inbox.query({
        view: oneOf(given.text("view") ?? "all", INBOX_VIEWS, "--view"),
        search: given.text("search") ?? "",
        ...(limit ? { limit: wholeNumber(limit, "--limit") } : {}),
        ...(cursor ? { cursor } : {}),
      });
    },
  },
  {
    name: "conversations assign",
    summary: "gives a conversation to an agent, or with --nobody to nobody",
    args: ["ID"],
    options: { agent: text, nobody: { type: "boolean" } },
    example: "42 --agent 4b1f9a52-7c1e-4a58-9d1b-0d8a1c2e3f40",
    run: (api, given) =>
      api.support.assign.mutate({
        conversationId: wholeNumber(given.args[0], "ID"),
        assigneeId: given.flag("nobody") ? null : required(given, "agent"),
      }),
  },
  {
    name: "conversations resolve",
    summary: "marks a conversation as resolved",
    args: ["ID"],
    example: "42",
    run: (api, given) =>
      api.support.setStatus.mutate({ conversationId: wholeNumber(given.args[0], "ID"), status: "resolved" }),
  },
];

export const COMMANDS: readonly Command[] = [...keys, ...agents, ...conversations];
