import { isRecord } from "../http.ts";
import type { BotMethod } from "./backend.ts";
import { badRequest } from "./bot-api-error.ts";
import { findUser, resolveChat } from "./chats.ts";
import { findFileById } from "./files.ts";
import { renderBot, renderChat, renderMessage, renderUser } from "./render.ts";

const DOWNLOAD_LIMIT_BYTES = 20 * 1024 * 1024;

const BOT_RIGHTS = {
  can_be_edited: false,
  can_manage_chat: true,
  can_change_info: true,
  can_delete_messages: true,
  can_invite_users: true,
  can_restrict_members: true,
  can_pin_messages: true,
  can_manage_topics: true,
  can_promote_members: false,
  can_manage_video_chats: false,
  can_post_stories: false,
  can_edit_stories: false,
  can_delete_stories: false,
  is_anonymous: false,
};

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
    accepted_gift_types: {
      unlimited_gifts: false,
      limited_gifts: false,
      unique_gifts: false,
      premium_subscription: false,
      gifts_from_channels: false,
    },
    ...(pinned === undefined ? {} : { pinned_message: renderMessage(state, chat, pinned) }),
  };
};

const getChatMember: BotMethod = ({ backend, params }) => {
  const { state } = backend.host;
  const chat = resolveChat(state, params.string("chat_id"));
  const userId = params.integer("user_id");
  if (userId === undefined) throw badRequest("invalid user_id specified");
  if (userId === state.bot.id) {
    const status = chat.kind === "group" ? { status: "administrator", ...BOT_RIGHTS } : { status: "member" };
    return { user: renderBot(state), ...status };
  }
  const user = findUser(backend.host.state, userId);
  if (user === undefined) throw badRequest("user not found");
  if (chat.kind === "private") return { user: renderUser(user), status: "member" };
  if (!user.staff) return { user: renderUser(user), status: "left" };
  const isOwner = state.users.find((candidate) => candidate.staff) === user;
  return isOwner
    ? { user: renderUser(user), status: "creator", is_anonymous: false }
    : { user: renderUser(user), status: "administrator", ...BOT_RIGHTS };
};

const getFile: BotMethod = ({ backend, params }) => {
  const fileId = params.string("file_id");
  if (fileId === undefined || fileId === "") throw badRequest("file_id not specified");
  const file = findFileById(backend.host.state, fileId);
  if (file === undefined) throw badRequest("wrong file_id or the file is temporarily unavailable");
  if (file.size > DOWNLOAD_LIMIT_BYTES) throw badRequest("file is too big");
  return { file_id: fileId, file_unique_id: file.unique, file_size: file.size, file_path: file.path };
};

const setMyCommands: BotMethod = ({ backend, params }) => {
  const commands = params.json("commands");
  if (!Array.isArray(commands)) throw badRequest("can't parse commands JSON object");
  if (commands.length > 100) throw badRequest("BOT_COMMANDS_TOO_MUCH");
  for (const command of commands) {
    const name = isRecord(command) ? command.command : undefined;
    if (typeof name !== "string" || !/^[a-z0-9_]{1,32}$/.test(name)) throw badRequest("BOT_COMMAND_INVALID");
    const description = isRecord(command) ? command.description : undefined;
    if (typeof description !== "string" || description.length < 1 || description.length > 256) {
      throw badRequest("BOT_COMMAND_DESCRIPTION_INVALID");
    }
  }
  backend.host.state.commands[commandsKey(params)] = commands;
  backend.host.changed();
  return true;
};

const getMyCommands: BotMethod = ({ backend, params }) => backend.host.state.commands[commandsKey(params)] ?? [];

function commandsKey(params: Parameters<BotMethod>[0]["params"]): string {
  const scope = params.json("scope") ?? { type: "default" };
  return `${JSON.stringify(scope)}:${params.string("language_code") ?? ""}`;
}

export const chatMethods: Record<string, BotMethod> = {
  getMe,
  getChat,
  getChatMember,
  getFile,
  setMyCommands,
  getMyCommands,
};
