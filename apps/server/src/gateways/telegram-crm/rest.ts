import type { IncomingMessage } from "node:http";
import type { RouteConfig } from "@hono/zod-openapi";
import { checkPassword, initLink, requestCode, signIn } from "@pult/api/chats/accounts/link.ts";
import { getSession, listSessions } from "@pult/api/chats/accounts/sessions.ts";
import { unlinkAccount } from "@pult/api/chats/accounts/unlink.ts";
import { addAssociation, listAssociations, removeAssociation } from "@pult/api/chats/associations/associations.ts";
import { sendNow } from "@pult/api/chats/sends/send.ts";
import { getChat, listChats } from "@pult/api/chats/store/chats.ts";
import { listContacts } from "@pult/api/chats/store/contacts.ts";
import { listMessages } from "@pult/api/chats/store/history.ts";
import type { Context, Deps } from "@pult/api/context.ts";
import { requestError } from "@pult/api/errors.ts";
import { isStorable } from "@pult/api/storable.ts";
import type { Call } from "../../gateway.ts";
import { sendJson } from "../../http/answers.ts";
import { readJson } from "../../http/body.ts";
import { decode } from "../../http/decode.ts";
import type { AnswerOf, InputOf } from "../../http/documented.ts";
import { contextOf } from "../../http/identify.ts";
import type { RateLimits } from "../../rate-limits.ts";
import type * as api from "./api.ts";
import { noteCall } from "./call-log.ts";
import { associationBody, encodePage, encodeSent } from "./wire.ts";

/** @returns undefined where it has answered by itself @throws DomainError */
export type Handler<Config extends RouteConfig> = (
  call: Call,
  input: InputOf<Config>,
) => Promise<AnswerOf<Config> | undefined>;

export const MAX_JSON_BYTES = 1024 * 1024;
/** This protocol refuses an account that has to be linked again. */
const WORKING = { mustWork: true };

/** The REST half of the Telegram CRM protocol. @see PROTOCOL.md */
export function createTelegramRest({ deps, limits }: { deps: Deps; limits: Pick<RateLimits, "countLinking"> }) {
  const contextFor = (call: Call, accountId?: string): Context => {
    noteCall(call, accountId);
    return contextOf(deps, call);
  };

  const init: Handler<typeof api.init> = async (call, { body }) =>
    created(call, await initLink(contextFor(call), body));

  const code: Handler<typeof api.requestCode> = async (call, { body }) => {
    const step = await requestCode(contextFor(call, body.sessionId), body);
    return step as AnswerOf<typeof api.requestCode>;
  };

  const enter: Handler<typeof api.signIn> = async (call, { body }) =>
    (await signIn(contextFor(call, body.sessionId), body)) as AnswerOf<typeof api.signIn>;

  const password: Handler<typeof api.password> = async (call, { body }) =>
    (await checkPassword(contextFor(call, body.sessionId), body)) as AnswerOf<typeof api.password>;

  const sessions: Handler<typeof api.listSessions> = async (call, { query }) =>
    encodePage(await listSessions(contextFor(call), query));

  const session: Handler<typeof api.getSession> = async (call, { params }) => ({
    data: await getSession(contextFor(call, params.id), { accountId: params.id }),
  });

  const unlink: Handler<typeof api.deleteSession> = async (call, { params, query }) => {
    await unlinkAccount(contextFor(call, params.id), { accountId: params.id, ...query });
    return done(call);
  };

  const chats: Handler<typeof api.listChats> = async (call, { query }) =>
    encodePage(await listChats(contextFor(call, query.accountId), query, WORKING));

  const chat: Handler<typeof api.getChat> = async (call, { params, query }) => ({
    data: await getChat(contextFor(call, query.accountId), { ...query, chatId: params.id }, WORKING),
  });

  const messages: Handler<typeof api.listMessages> = async (call, { params, query }) =>
    encodePage(await listMessages(contextFor(call, query.accountId), { ...query, chatId: params.id }, WORKING));

  const send: Handler<typeof api.sendMessage> = async (call, { params, query, body }) => {
    const clientId = body.clientId ?? idempotencyKeyOf(call.request);
    const sent = await sendNow(contextFor(call, query.accountId), { ...body, ...query, clientId, chatId: params.id });
    return sent.isRepeat ? encodeSent(sent) : created(call, encodeSent(sent));
  };

  const associations: Handler<typeof api.listAssociations> = async (call, { params, query }) =>
    encodePage(await listAssociations(contextFor(call, query.accountId), { ...query, chatId: params.id }));

  const associate: Handler<typeof api.addAssociation> = async (call, { params, query, body }) => {
    const ctx = contextFor(call, query.accountId);
    const { association, isNew } = await addAssociation(ctx, { ...query, ...body, chatId: params.id });
    return isNew ? created(call, { data: association }) : { data: association };
  };

  const disassociate: Handler<typeof api.removeAssociation> = async (call, { params, query }) => {
    const { accountId, ...named } = query;
    const isNamed = Object.values(named).some((value) => value !== undefined);
    const given = isNamed ? named : await readJson(call.request, MAX_JSON_BYTES);
    const key = decode(associationBody, given);
    await removeAssociation(contextFor(call, accountId), { accountId, chatId: params.id, ...key });
    return done(call);
  };

  const disassociateById: Handler<typeof api.removeAssociationById> = async (call, { params, query }) => {
    const { id: chatId, associationId: id } = params;
    await removeAssociation(contextFor(call, query.accountId), { ...query, chatId, id });
    return done(call);
  };

  const contacts: Handler<typeof api.listContacts> = async (call, { query }) =>
    encodePage(await listContacts(contextFor(call, query.accountId), query, WORKING));

  return {
    /** Before a code or a password is tried, or sent. @throws DomainError `RATE_LIMITED` */
    limitLinking: ({ actor }: Call) => limits.countLinking(actor),
    ...{ init, code, enter, password, sessions, session, unlink, chats, chat, messages, send },
    ...{ associations, associate, disassociate, disassociateById, contacts },
  };
}

function created(call: Call, body: object): undefined {
  sendJson(call.response, 201, body);
}

function done({ response }: Call): undefined {
  response.writeHead(204);
  response.end();
}

const MAX_CLIENT_ID_LENGTH = 255;

/** @throws DomainError `VALIDATION` */
function idempotencyKeyOf({ headers }: IncomingMessage): string | undefined {
  const key = headers["idempotency-key"];
  if (typeof key !== "string" || key === "") return undefined;
  if (key.length <= MAX_CLIENT_ID_LENGTH && isStorable(key)) return key;
  const message = `Idempotency-Key: at most ${MAX_CLIENT_ID_LENGTH} characters`;
  throw requestError("malformed", {}, { message, details: { "Idempotency-Key": message } });
}
