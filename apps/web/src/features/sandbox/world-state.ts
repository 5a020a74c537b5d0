import type { ReceivedPush, SandboxMessage, World, WorldEvent } from "@pult/sandbox/control.ts";

/** The new version in the old one's place, or at the end. */
function upsert(messages: readonly SandboxMessage[], message: SandboxMessage): SandboxMessage[] {
  const isKnown = messages.some((one) => one.messageId === message.messageId);
  if (!isKnown) return [...messages, message];
  return messages.map((one) => (one.messageId === message.messageId ? message : one));
}

/** The messages of one chat, changed; a private chat begins with its first message. */
function withChat(world: World, chatId: number, change: (messages: SandboxMessage[]) => SandboxMessage[]): World {
  if (chatId === world.group.chatId) {
    return { ...world, group: { ...world.group, messages: change(world.group.messages) } };
  }
  if (!world.users.some((user) => user.id === chatId)) return world;
  const isKnown = world.privateChats.some((chat) => chat.userId === chatId);
  const chats = isKnown ? world.privateChats : [...world.privateChats, { userId: chatId, messages: [] }];
  return {
    ...world,
    privateChats: chats.map((chat) => (chat.userId === chatId ? { ...chat, messages: change(chat.messages) } : chat)),
  };
}

function withPush(world: World, push: ReceivedPush): World {
  const isReplaced = (earlier: ReceivedPush) =>
    push.status < 300 &&
    earlier.status < 300 &&
    push.collapseKey !== null &&
    earlier.deviceId === push.deviceId &&
    earlier.collapseKey === push.collapseKey;
  const earlier = world.pushes
    .filter((one) => one.id !== push.id)
    .map((one) => (isReplaced(one) ? { ...one, replaced: true } : one));
  return { ...world, pushes: [push, ...earlier] };
}

/** One event laid over what is known. `world` asks for the whole to be read again and changes nothing itself. */
export function withWorldEvent(world: World, event: WorldEvent): World {
  switch (event.type) {
    case "world":
      return world;
    case "message":
      return withChat(world, event.message.chatId, (messages) => upsert(messages, event.message));
    case "messageDeleted":
      return withChat(world, event.chatId, (messages) => messages.filter((one) => one.messageId !== event.messageId));
    case "topics":
      return { ...world, group: { ...world.group, topics: event.topics } };
    case "group":
      return { ...world, group: { ...world.group, chatId: event.chatId } };
    case "push":
      return withPush(world, event.push);
    case "devices":
      return { ...world, devices: event.devices };
    case "faults":
      return { ...world, faults: event.faults };
  }
}
