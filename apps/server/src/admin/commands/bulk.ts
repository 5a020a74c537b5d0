import { AN_ID, byId, type Command, TEXT } from "../command.ts";

export const BULK_COMMANDS: readonly Command[] = [
  {
    name: "bulk list",
    summary: "bulk messages, the newest first, with their state, recipients and when they end",
    options: { account: TEXT },
    example: `--account ${AN_ID}`,
    async run({ api }, given) {
      const accountId = given.optional("account");
      const { items } = await api.chats.bulk.list.query(accountId === undefined ? {} : { accountId });
      return { bulk: items };
    },
  },
  byId("bulk pause", "pauses a bulk message; what is under way is finished", ({ api }, id) =>
    api.chats.bulk.setState.mutate({ id, state: "paused" }),
  ),
  byId("bulk resume", "goes on with a bulk message that was approved", ({ api }, id) =>
    api.chats.bulk.setState.mutate({ id, state: "running" }),
  ),
];
