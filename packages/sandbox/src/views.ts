import type { PushDevice, SandboxMessage, SandboxPhoto, SandboxTopic, SandboxUser } from "./control.ts";
import type { ServiceContent, State, StoredDevice, StoredMessage, StoredTopic, StoredUser } from "./state.ts";

export function toSandboxUser({ id, name, username, languageCode, staff }: StoredUser): SandboxUser {
  return { id, name, username, languageCode, staff };
}

export function toSandboxTopic({ threadId, name, createdAt }: StoredTopic): SandboxTopic {
  return { threadId, name, createdAt };
}

export function toSandboxMessage(state: State, chatId: number, message: StoredMessage): SandboxMessage {
  return {
    chatId,
    messageId: message.messageId,
    threadId: message.threadId,
    from: senderOf(state, message.fromId),
    text: message.service === null ? message.text : serviceWords(message.service),
    photo: photoOf(state, message.photoFile),
    document: state.files.find((file) => file.unique === message.documentFile)?.name ?? null,
    mediaGroupId: message.mediaGroupId,
    replyToMessageId: message.replyTo,
    pinned: message.pinned,
    service: message.service !== null,
    buttons: message.buttons.map((row) => row.map(({ text, callback_data }) => ({ text, data: callback_data ?? "" }))),
    sentAt: toIso(message.date),
    editedAt: message.editDate === null ? null : toIso(message.editDate),
    reactions: message.reactions,
  };
}

export function toPushDevice(device: StoredDevice, origin: string): PushDevice {
  const { id, label, userId, state } = device;
  if (device.kind === "fcm") return { kind: "fcm", id, label, userId, token: device.token, state };
  return {
    kind: "webpush",
    id,
    label,
    userId,
    subscription: {
      endpoint: `${origin}/wpush/v2/${device.endpointId}`,
      keys: { p256dh: device.p256dh, auth: device.auth },
    },
    state,
  };
}

function senderOf(state: State, fromId: number): SandboxMessage["from"] {
  if (fromId === state.bot.id) return { id: fromId, name: state.bot.name, bot: true };
  return { id: fromId, name: state.users.find((user) => user.id === fromId)?.name ?? "Deleted", bot: false };
}

function photoOf(state: State, unique: string | null): SandboxPhoto | null {
  const file = unique === null ? undefined : state.files.find((candidate) => candidate.unique === unique);
  if (file === undefined) return null;
  return { fileUniqueId: file.unique, width: file.width ?? 0, height: file.height ?? 0 };
}

function serviceWords(service: ServiceContent): string {
  switch (service.kind) {
    case "topicCreated":
      return `Topic “${service.name}” was created`;
    case "topicEdited":
      return service.name === null ? "The topic's icon was changed" : `The topic was renamed to “${service.name}”`;
    case "topicClosed":
      return "The topic was closed";
    case "topicReopened":
      return "The topic was reopened";
    case "pinned":
      return "A message was pinned";
    case "migratedTo":
      return "The group was upgraded to a supergroup";
    case "migratedFrom":
      return "The group became a supergroup";
  }
}

function toIso(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}
