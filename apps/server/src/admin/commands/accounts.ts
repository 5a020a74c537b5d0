import { AN_ID, byId, type Command, FLAG, type Given, optionalNumber, required, TEXT } from "../command.ts";

/** Which record a chat is tied to. */
const RECORD = { type: TEXT, id: TEXT };
const recordOf = (given: Given) => ({
  crmEntityType: required(given, "type"),
  crmEntityId: required(given, "id"),
});
const accountOf = (given: Given): { accountId?: string } => {
  const accountId = given.optional("account");
  return accountId === undefined ? {} : { accountId };
};

export const ACCOUNT_COMMANDS: readonly Command[] = [
  {
    name: "accounts list",
    summary: "linked Telegram accounts, oldest first (--cursor for the next)",
    options: { limit: TEXT, cursor: TEXT },
    async run({ api }, given) {
      const page = await api.chats.accounts.list.query({
        limit: optionalNumber(given, "limit"),
        offsetId: given.optional("cursor"),
      });
      return { accounts: page.items, nextCursor: page.nextOffsetId };
    },
  },
  {
    name: "accounts unlink",
    summary: "signs a Telegram account out (--purge also erases what is stored of it)",
    args: ["ID"],
    options: { purge: FLAG, yes: FLAG },
    example: `${AN_ID} --yes`,
    async run({ api, confirm }, given) {
      const [accountId = ""] = given.args;
      const purge = given.flag("purge");
      await confirm(purge ? "Sign the account out and erase its chats?" : "Sign the account out?");
      return api.chats.accounts.unlink.mutate({ accountId, purge });
    },
  },
  byId("accounts resume", "lets an account send again that Telegram stopped", ({ api }, accountId) =>
    api.chats.accounts.resume.mutate({ accountId }),
  ),
  byId("accounts contacts", "how the CRM keeps in step with an account's Telegram contacts", ({ api }, accountId) =>
    api.chats.addressBook.get.query({ accountId }),
  ),
  {
    name: "accounts keep-contacts",
    summary: "lets the CRM keep in step with an account's Telegram contacts (--off ends that; what it took over stays)",
    args: ["ID"],
    options: { off: FLAG },
    example: AN_ID,
    run: ({ api }, given) =>
      api.chats.addressBook.keep.mutate({ accountId: given.args[0] ?? "", isOn: !given.flag("off") }),
  },
  byId("accounts read-contacts", "reads an account's Telegram contacts into the CRM again", ({ api }, accountId) =>
    api.chats.addressBook.read.mutate({ accountId }),
  ),
  {
    name: "associations list",
    summary: "records that a chat is tied to (CHAT), or with --type and --id chats of a record (CHAT is then -)",
    args: ["CHAT"],
    options: { account: TEXT, ...RECORD, limit: TEXT, cursor: TEXT },
    example: `123456789 --account ${AN_ID}`,
    async run({ api }, given) {
      const [chatId = ""] = given.args;
      const { items, nextOffsetId } = await api.chats.associations.list.query({
        ...accountOf(given),
        ...(chatId === "-" ? recordOf(given) : { chatId }),
        limit: optionalNumber(given, "limit"),
        offsetId: given.optional("cursor"),
      });
      return { associations: items, nextCursor: nextOffsetId };
    },
  },
  {
    name: "associations add",
    summary: "ties a chat to a record (--type contact, company, deal or of another CRM; --id its UUID)",
    args: ["CHAT"],
    options: { account: TEXT, ...RECORD },
    example: `123456789 --account ${AN_ID} --type contact --id ${AN_ID}`,
    run: ({ api }, given) =>
      api.chats.associations.add.mutate({ ...accountOf(given), chatId: given.args[0] ?? "", ...recordOf(given) }),
  },
  byId("associations remove", "unties a chat from a record, by the id of the tie", ({ api }, id) =>
    api.chats.associations.remove.mutate({ id }),
  ),
];
