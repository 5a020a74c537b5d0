import { Api } from "telegram/tl/index.js";
import type { Person } from "../state.ts";
import { toLong } from "../wire/tl.ts";
import { type Call, method } from "./method.ts";
import { RpcError } from "./rpc-error.ts";

export const usersMethods = [
  method(Api.users.GetUsers, (call, { id }) => id.map((input) => getUser(call, input))),
  method(Api.users.GetFullUser, (call, { id }) => getFullUser(call, call.person(id))),
  method(Api.photos.GetUserPhotos, (call, { userId }) => getUserPhotos(call, call.person(userId))),
];

function getUser(call: Call, input: unknown): Api.TypeUser {
  try {
    return call.view().user(call.person(input));
  } catch (error) {
    if (!(error instanceof RpcError) || error.code === 401) throw error;
    return new Api.UserEmpty({ id: input instanceof Api.InputUser ? input.userId : toLong(0) });
  }
}

function getFullUser(call: Call, person: Person): Api.users.UserFull {
  const view = call.view();
  view.mention(person.id);
  const common = call.world
    .chatsOf(call.account)
    .filter((chat) => chat.kind !== "private" && call.world.has(chat, person.id));
  return new Api.users.UserFull({
    fullUser: new Api.UserFull({
      id: toLong(person.id),
      about: person.about || undefined,
      settings: new Api.PeerSettings({}),
      notifySettings: new Api.PeerNotifySettings({}),
      commonChatsCount: common.length,
      profilePhoto: view.media.findPhoto(person.photo),
      botInfo: person.isBot ? new Api.BotInfo({ userId: toLong(person.id), description: person.about }) : undefined,
    }),
    ...view.peers(),
  });
}

function getUserPhotos(call: Call, { photo }: Person): Api.photos.Photos {
  const found = call.view().media.findPhoto(photo);
  return new Api.photos.Photos({ photos: found ? [found] : [], users: [] });
}
