import type { Audio, AudioEvent } from "@pult/api/audio/audio.ts";
import { requestError } from "@pult/api/errors.ts";
import { type Why, why } from "@pult/api/outbox/why.ts";
import { AccessToken, RoomServiceClient, TrackSource, TwirpError, WebhookReceiver } from "livekit-server-sdk";

/** A token only has to hold until the connection begins. */
const TOKEN_SECONDS = 600;
const SERVICE = { service: "LiveKit" };

interface LiveKitOptions {
  url: string;
  apiKey: string;
  apiSecret: string;
}

/** Audio of a LiveKit server: tokens that we sign, webhooks that it signs, and calls that end or change connections. */
export function createLiveKit({ url, apiKey, apiSecret }: LiveKitOptions): Audio {
  const receiver = new WebhookReceiver(apiKey, apiSecret);
  const rooms = new RoomServiceClient(url, apiKey, apiSecret);
  return {
    url,
    async grant({ room, identity, traderId, name, maySpeak }) {
      const options = { identity, attributes: { traderId }, ttl: TOKEN_SECONDS, ...(name === null ? {} : { name }) };
      const token = new AccessToken(apiKey, apiSecret, options);
      token.addGrant({
        ...{ room, roomJoin: true, canSubscribe: true, canPublish: maySpeak, canPublishData: false },
        ...(maySpeak ? { canPublishSources: [TrackSource.MICROPHONE] } : {}),
      });
      return token.toJwt();
    },
    setRight: ({ room, identity, right }) =>
      attempt(() =>
        right === "none"
          ? rooms.removeParticipant(room, identity)
          : rooms.updateParticipant(room, identity, { permission: permissionOf(right === "speak") }),
      ),
    close: (room) => attempt(() => rooms.deleteRoom(room)),
    async readWebhook(body, authorization) {
      // The SDK says in words alone whether the signature or the body is wrong; what it does not accept is no webhook of our server.
      const event = await receiver.receive(body, authorization).catch((cause: unknown) => {
        throw requestError("unauthorized", {}, { cause });
      });
      return readEvent(event);
    },
  };
}

const permissionOf = (maySpeak: boolean) => ({
  ...{ canSubscribe: true, canPublish: maySpeak, canPublishData: false },
  canPublishSources: maySpeak ? [TrackSource.MICROPHONE] : [],
});

/** @returns why the call did not take effect; who or what is not there needs none */
async function attempt(call: () => Promise<unknown>): Promise<Why | null> {
  try {
    await call();
    return null;
  } catch (error) {
    if (error instanceof TwirpError)
      return error.code === "not_found" ? null : why("answered", { ...SERVICE, status: error.status });
    if (error instanceof SyntaxError) return why("unreadable", SERVICE);
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    return why(isLate ? "noAnswer" : "unreachable", SERVICE);
  }
}

type LiveKitEvent = Awaited<ReturnType<WebhookReceiver["receive"]>>;

function readEvent({ event, room, participant, createdAt }: LiveKitEvent): AudioEvent | null {
  if (!room) return null;
  const at = new Date(Number(createdAt) * 1_000);
  if (event === "room_finished") return { type: "finished", room: room.name, at };
  if (!participant) return null;
  const about = { room: room.name, identity: participant.identity, sid: participant.sid, at };
  if (event === "participant_joined")
    return { type: "joined", ...about, maySpeak: participant.permission?.canPublish ?? false };
  return event === "participant_left" || event === "participant_connection_aborted" ? { type: "left", ...about } : null;
}
