import {
  accountId,
  associationKey,
  chatId,
  initInput,
  messageId,
  moment,
  readInput,
  type Sent,
  sendBody,
} from "@pult/api/chats/inputs.ts";
import { association, chat, contact, message, type Page, session, told, user } from "@pult/api/chats/schema.ts";
import { isStorable } from "@pult/api/storable.ts";
import { z } from "zod";

/** A number in a query is text. */
const limit = z
  .string()
  .regex(/^\d{1,3}$/, "A whole number from 1 to 100")
  .transform(Number)
  .pipe(z.int().min(1).max(100))
  .default(30);
const offsetId = z.string().min(1).max(200).optional();
const ofAccount = { accountId: accountId.optional().describe("A linked account; the caller's default one") };
const query = z.string().max(256).refine(isStorable, "No NUL or half characters").optional();

export const accountQuery = z.object(ofAccount);
export const pageQuery = z.object({ limit, offsetId });
export const searchedPageQuery = z.object({ ...ofAccount, limit, offsetId, query });
export const accountPageQuery = z.object({ ...ofAccount, limit, offsetId });
export const messagesQuery = z.object({
  ...ofAccount,
  limit,
  offsetId: messageId.optional(),
  offsetDate: moment.optional(),
});
const flag = z.enum(["0", "1"]).default("0");
export const unlinkQuery = z.object({ purge: flag.transform((value) => value === "1") });
export const disassociateQuery = z.object({ ...ofAccount, ...associationKey.partial().shape });

export const sessionParams = z.object({ id: accountId });
export const chatParams = z.object({ id: chatId });
export const associationParams = z.object({ id: chatId, associationId: z.guid() });

export const initBody = initInput;
export const messageBody = sendBody;
export const associationBody = associationKey;

export const initAnswer = z.object({ sessionId: z.string(), status: z.literal("INITIALIZED") });
export const codeAnswer = z.object({
  sessionId: z.string(),
  phoneCodeHash: z.string(),
  timeout: z.int().describe("Seconds"),
  status: z.literal("CODE_REQUESTED"),
});
const authorized = z.object({ sessionId: z.string(), status: z.literal("AUTHORIZED"), user });
export const signInAnswer = z.union([
  authorized,
  z.object({ sessionId: z.string(), status: z.literal("PASSWORD_REQUIRED"), hint: z.string().nullable() }),
]);
export const passwordAnswer = authorized;

const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    data: z.array(item),
    pagination: z.object({
      hasMore: z.boolean(),
      totalCount: z.int(),
      nextOffsetId: z.string().optional().describe("`offsetId` of the next page, where there is one"),
    }),
  });
export const sessionsAnswer = listOf(session);
export const chatsAnswer = listOf(chat);
export const messagesAnswer = listOf(message);
export const contactsAnswer = listOf(contact);
export const associationsAnswer = listOf(association);
export const sessionAnswer = z.object({ data: session });
export const chatAnswer = z.object({ data: chat });
export const associationAnswer = z.object({ data: association });
export const sentAnswer = z.object({
  data: message,
  parts: z.array(message).optional().describe("All messages that a long text or an album became, in order"),
});
export const failure = z.object({ error: told });

/** A list as the protocol prints it. */
export const encodePage = <Item>({ items, hasMore, totalCount, nextOffsetId }: Page<Item>) => ({
  data: items,
  pagination: { hasMore, totalCount, ...(nextOffsetId === null ? {} : { nextOffsetId }) },
});

export const encodeSent = ({ message: data, parts }: Sent) => ({ data, ...(parts.length > 1 ? { parts } : {}) });

/** The argument of `read`; `messageId` is another name of `maxId`. */
export const readBody = readInput
  .extend({ messageId: messageId.optional() })
  .transform(({ messageId: alias, ...input }) => ({ ...input, maxId: input.maxId ?? alias }));
