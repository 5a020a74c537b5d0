import type { TextEntity } from "@pult/api/telegram/entities.ts";
import { Api } from "telegram";
import { toLong } from "./tl-peers.ts";

/** Kinds that say no more than where they are. */
const PLAIN: Partial<Record<Api.TypeMessageEntity["className"], TextEntity["type"]>> = {
  MessageEntityMention: "mention",
  MessageEntityHashtag: "hashtag",
  MessageEntityCashtag: "cashtag",
  MessageEntityBotCommand: "bot_command",
  MessageEntityUrl: "url",
  MessageEntityEmail: "email",
  MessageEntityPhone: "phone_number",
  MessageEntityBold: "bold",
  MessageEntityItalic: "italic",
  MessageEntityUnderline: "underline",
  MessageEntityStrike: "strikethrough",
  MessageEntitySpoiler: "spoiler",
  MessageEntityCode: "code",
};

/** Kinds that the Bot API does not know are left out. */
export const toEntities = (entities: readonly Api.TypeMessageEntity[] | null | undefined): TextEntity[] =>
  (entities ?? []).flatMap((entity): TextEntity[] => {
    const { offset, length } = entity;
    switch (entity.className) {
      case "MessageEntityPre":
        return [{ type: "pre", offset, length, ...(entity.language && { language: entity.language }) }];
      case "MessageEntityTextUrl":
        return [{ type: "text_link", offset, length, url: entity.url }];
      case "MessageEntityMentionName":
        return [{ type: "text_mention", offset, length, userId: entity.userId.toString() }];
      case "MessageEntityCustomEmoji":
        return [{ type: "custom_emoji", offset, length, customEmojiId: entity.documentId.toString() }];
      case "MessageEntityBlockquote":
        return [{ type: entity.collapsed ? "expandable_blockquote" : "blockquote", offset, length }];
      default: {
        const type = PLAIN[entity.className];
        return type ? [{ type, offset, length }] : [];
      }
    }
  });

/** @param mentioned access hashes by decimal user id */
export const fromEntities = (
  entities: readonly TextEntity[],
  mentioned: Readonly<Record<string, string>>,
): Api.TypeMessageEntity[] => entities.flatMap((entity) => fromEntity(entity, mentioned) ?? []);

function fromEntity(entity: TextEntity, mentioned: Readonly<Record<string, string>>): Api.TypeMessageEntity | null {
  const { offset, length } = entity;
  const place = { offset, length };
  switch (entity.type) {
    case "mention":
      return new Api.MessageEntityMention(place);
    case "hashtag":
      return new Api.MessageEntityHashtag(place);
    case "cashtag":
      return new Api.MessageEntityCashtag(place);
    case "bot_command":
      return new Api.MessageEntityBotCommand(place);
    case "url":
      return new Api.MessageEntityUrl(place);
    case "email":
      return new Api.MessageEntityEmail(place);
    case "phone_number":
      return new Api.MessageEntityPhone(place);
    case "bold":
      return new Api.MessageEntityBold(place);
    case "italic":
      return new Api.MessageEntityItalic(place);
    case "underline":
      return new Api.MessageEntityUnderline(place);
    case "strikethrough":
      return new Api.MessageEntityStrike(place);
    case "spoiler":
      return new Api.MessageEntitySpoiler(place);
    case "blockquote":
      return new Api.MessageEntityBlockquote(place);
    case "expandable_blockquote":
      return new Api.MessageEntityBlockquote({ ...place, collapsed: true });
    case "code":
      return new Api.MessageEntityCode(place);
    case "pre":
      return new Api.MessageEntityPre({ ...place, language: entity.language ?? "" });
    case "text_link":
      return new Api.MessageEntityTextUrl({ ...place, url: entity.url ?? "" });
    case "custom_emoji":
      return new Api.MessageEntityCustomEmoji({ ...place, documentId: toLong(entity.customEmojiId ?? "0") });
    case "text_mention":
      return toMention(place, { id: entity.userId ?? "0", mentioned });
  }
}

/** A person whose hash is not known cannot be mentioned: the name stays plain. */
function toMention(
  place: { offset: number; length: number },
  { id, mentioned }: { id: string; mentioned: Readonly<Record<string, string>> },
): Api.InputMessageEntityMentionName | null {
  const accessHash = mentioned[id];
  if (accessHash === undefined) return null;
  const userId = new Api.InputUser({ userId: toLong(id), accessHash: toLong(accessHash) });
  return new Api.InputMessageEntityMentionName({ ...place, userId });
}
