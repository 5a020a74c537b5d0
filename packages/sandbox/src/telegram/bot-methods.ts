import type { BotMethod } from "./backend.ts";
import { badRequest } from "./bot-api-error.ts";
import { resolveChat } from "./chats.ts";
import { findFileById } from "./files.ts";
import { renderBot, renderChat, renderMessage } from "./render.ts";

const DOWNLOAD_LIMIT_BYTES = 20 * 1024 * 1024;

const getMe: BotMethod = ({ backend }) => ({
  ...renderBot(backend.host.state),
  can_join_groups: true,
  can_read_all_group_messages: true,
  supports_inline_queries: false,
  can_connect_to_business: false,
  has_main_web_app: true,
});

const getChat: BotMethod = ({ backend, params }) => {
  const { state } = backend.host;
  const chat = resolveChat(state, params.string("chat_id"));
  const pinned = chat.messages.findLast((message) => message.pinned);
  return {
    ...renderChat(chat),
    accent_color_id: 0,
    max_reaction_count: 11,
    ...(pinned === undefined ? {} : { pinned_message: renderMessage(state, chat, pinned) }),
  };
};

/** The bot is an administrator of its groups, with every right. */
const getChatMember: BotMethod = ({ backend, params }) => {
  const { state } = backend.host;
  const chat = resolveChat(state, params.string("chat_id"));
  const user = renderBot(state);
  if (chat.kind === "private") return { user, status: "member" };
  const rights = { can_manage_topics: true, can_pin_messages: true, can_delete_messages: true };
  return { user, status: "administrator", can_be_edited: false, is_anonymous: false, ...rights };
};

const getFile: BotMethod = ({ backend, params }) => {
  const fileId = params.string("file_id");
  if (fileId === undefined || fileId === "") throw badRequest("file_id not specified");
  const file = findFileById(backend.host.state, fileId);
  if (file === undefined) throw badRequest("wrong file_id or the file is temporarily unavailable");
  if (file.size > DOWNLOAD_LIMIT_BYTES) throw badRequest("file is too big");
  return { file_id: fileId, file_unique_id: file.unique, file_size: file.size, file_path: file.path };
};

const getUpdates: BotMethod = ({ backend, params, signal }) => {
  backend.updates.allow(params.json("allowed_updates"));
  return backend.updates.poll({
    offset: params.integer("offset") ?? 0,
    limit: params.integer("limit") ?? 100,
    timeoutSeconds: params.integer("timeout") ?? 0,
    signal,
  });
};

/** Takes plain http too, as a local Bot API server does. */
const setWebhook: BotMethod = (call) => {
  const { backend, params } = call;
  const url = params.string("url") ?? "";
  if (url === "") return deleteWebhook(call);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw badRequest("bad webhook: An HTTPS URL must be provided for webhook");
  }
  const secretToken = params.string("secret_token") ?? null;
  if (secretToken !== null && !/^[A-Za-z0-9_-]{1,256}$/.test(secretToken)) {
    throw badRequest("secret token contains illegal characters");
  }
  backend.updates.allow(params.json("allowed_updates"));
  if (params.boolean("drop_pending_updates")) backend.updates.dropAll();
  backend.host.state.webhook = {
    url,
    secretToken,
    maxConnections: params.integer("max_connections") ?? 40,
    lastErrorDate: null,
    lastErrorMessage: null,
  };
  backend.host.changed();
  backend.updates.endPoll("setWebhook request");
  backend.webhook.restart();
  return true;
};

const deleteWebhook: BotMethod = ({ backend, params }) => {
  if (params.boolean("drop_pending_updates")) backend.updates.dropAll();
  backend.host.state.webhook = null;
  backend.host.changed();
  backend.webhook.stop();
  return true;
};

const getWebhookInfo: BotMethod = ({ backend }) => {
  const { webhook, allowedUpdates } = backend.host.state;
  const base = { has_custom_certificate: false, pending_update_count: backend.updates.pending.length };
  const allowed = allowedUpdates === null ? {} : { allowed_updates: allowedUpdates };
  if (webhook === null) return { url: "", ...base, ...allowed };
  const { url, maxConnections, lastErrorDate, lastErrorMessage } = webhook;
  return {
    url,
    ...base,
    ...(lastErrorDate === null ? {} : { last_error_date: lastErrorDate, last_error_message: lastErrorMessage }),
    max_connections: maxConnections,
    ...allowed,
  };
};

export const botMethods: Record<string, BotMethod> = {
  getMe,
  getChat,
  getChatMember,
  getFile,
  getUpdates,
  setWebhook,
  deleteWebhook,
  getWebhookInfo,
};
