import type { SandboxMtprotoMessage, SandboxMtprotoPerson } from "@pult/sandbox/mtproto/control.ts";
import { photoAt } from "../thread/photo-grid.tsx";
import { mtprotoFileUrl } from "./control-client.ts";
import { type PhoneLine, PLAIN } from "./phone-lines.ts";

/** The data centre's id of a bubble. */
export const uidOf = ({ key }: PhoneLine): number => Number(key);

type Words = { voice: string; video: string };

/** A chat of Telegram as one of its people sees it; an album is one bubble, whose key is its first message's uid. */
export function linkedLines(
  messages: readonly SandboxMtprotoMessage[],
  { me, people, words }: { me: number; people: readonly SandboxMtprotoPerson[]; words: Words },
): PhoneLine[] {
  const nameOf = (id: number | null) => people.find((person) => person.id === id)?.name ?? "";
  const lines: PhoneLine[] = [];
  let album: string | null = null;
  for (const message of messages) {
    const { uid, fromId, media, replyTo, isService } = message;
    const photos = media?.type === "photo" && media.file ? [photoAt(mtprotoFileUrl(media.file))] : [];
    const above = lines.at(-1);
    if (above && message.album !== null && message.album === album) {
      lines.splice(-1, 1, { ...above, photos: [...above.photos, ...photos], text: above.text || message.text });
      continue;
    }
    album = message.album;
    const quoted = messages.find((one) => one.uid === replyTo);
    lines.push({
      ...PLAIN,
      key: String(uid),
      own: fromId === me,
      text: message.text,
      photos,
      document: media === null || photos.length > 0 ? null : documentOf(media, words),
      at: message.sentAt,
      isEdited: message.editedAt !== null,
      quote: quoted ? { author: nameOf(quoted.fromId), text: quoted.text } : null,
      isService,
      reaction: message.reactions.map(({ emoji }) => emoji).join(" ") || null,
    });
  }
  return lines;
}

function documentOf({ type, name }: NonNullable<SandboxMtprotoMessage["media"]>, words: Words): string {
  if (type === "voice" || type === "video") return words[type];
  return name ?? type;
}
