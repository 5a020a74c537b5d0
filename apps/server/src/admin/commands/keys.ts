import { type Scope, scope } from "@pult/api/auth/schema.ts";
import { type Command, type Given, required, TEXT, TEXTS, UsageError, wholeNumber } from "../command.ts";

const AN_ID = "4b1f9a52-7c1e-4a58-9d1b-0d8a1c2e3f40";

/** @throws UsageError for one that is none */
export function scopesOf(given: Given): Scope[] {
  return given.list("scope").map((one) => {
    const parsed = scope.safeParse(one);
    if (!parsed.success) throw new UsageError(`--scope ${one}: a domain with :read or :write, or *`);
    return parsed.data;
  });
}

export const KEY_COMMANDS: readonly Command[] = [
  {
    name: "keys list",
    summary: "API keys, newest first; never the keys themselves",
    example: "",
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
      const expiresAt = given.text("expires-at");
      const limit = given.text("limit-per-minute");
      return api.auth.apiKeys.create.mutate({
        name: required(given, "name"),
        scopes,
        ...(expiresAt ? { expiresAt } : {}),
        ...(limit ? { limitPerMinute: wholeNumber(limit, "--limit-per-minute") } : {}),
      });
    },
  },
  {
    name: "keys revoke",
    summary: "ends a key for good, and closes its sockets",
    args: ["ID"],
    example: AN_ID,
    run: ({ api }, { args: [id = ""] }) => api.auth.apiKeys.revoke.mutate({ id }),
  },
];
