import {
  DisconnectReason,
  MediaDeviceFailure,
  type Participant,
  type RemoteTrack,
  Room,
  RoomEvent,
  setLogLevel,
  Track,
} from "livekit-client";
import {
  type AudioListeners,
  type AudioPerson,
  MicrophoneError,
  type MicrophoneProblem,
  type OpenAudio,
} from "./audio.ts";

const PROBLEMS: Record<MediaDeviceFailure, MicrophoneProblem> = {
  [MediaDeviceFailure.PermissionDenied]: "refused",
  [MediaDeviceFailure.NotFound]: "missing",
  [MediaDeviceFailure.DeviceInUse]: "busy",
  [MediaDeviceFailure.Other]: "failed",
};

// The page says how the connection stands.
setLogLevel("error");

/** The audio of a room on a LiveKit server. Who is there is told by the attribute that our server signs into each token. */
export const openLiveKit: OpenAudio = async ({ url, token }, listeners, signal) => {
  // Muted is off: the browser shows the microphone as in use only while the room hears it.
  const room = new Room({ publishDefaults: { stopMicTrackOnMute: true } });
  follow(room, listeners);
  signal.addEventListener("abort", () => void room.disconnect());
  await room.connect(url, token);
  if (signal.aborted) throw signal.reason;
  listeners.onPeople(peopleOf(room));
  listeners.onBlocked(!room.canPlaybackAudio);
  return {
    async setMicrophone(isOn) {
      try {
        await room.localParticipant.setMicrophoneEnabled(isOn);
      } catch (cause) {
        const failure = MediaDeviceFailure.getFailure(cause) ?? MediaDeviceFailure.Other;
        throw new MicrophoneError(PROBLEMS[failure], { cause });
      }
    },
    play: () => room.startAudio(),
    close() {
      room.removeAllListeners();
      void room.disconnect();
    },
  };
};

function follow(room: Room, { onPeople, onReconnecting, onBlocked, onEnd }: AudioListeners): void {
  const tell = () => onPeople(peopleOf(room));
  const isAudio = (track: RemoteTrack) => track.kind === Track.Kind.Audio;
  room
    .on(RoomEvent.ParticipantConnected, tell)
    .on(RoomEvent.ParticipantDisconnected, tell)
    .on(RoomEvent.ActiveSpeakersChanged, tell)
    .on(RoomEvent.TrackSubscribed, (track) => {
      if (isAudio(track)) document.body.append(track.attach());
    })
    .on(RoomEvent.TrackUnsubscribed, (track) => {
      for (const element of track.detach()) element.remove();
    })
    .on(RoomEvent.SignalReconnecting, () => onReconnecting(true))
    .on(RoomEvent.Reconnecting, () => onReconnecting(true))
    .on(RoomEvent.Reconnected, () => {
      onReconnecting(false);
      tell();
    })
    .on(RoomEvent.AudioPlaybackStatusChanged, () => onBlocked(!room.canPlaybackAudio))
    .on(RoomEvent.Disconnected, (reason) =>
      onEnd(reason === DisconnectReason.DUPLICATE_IDENTITY ? "elsewhere" : "lost"),
    );
}

const peopleOf = (room: Room): AudioPerson[] =>
  [room.localParticipant, ...room.remoteParticipants.values()].flatMap(personOf);

/** Servers that listen, such as one that recognises speech, have no trader. */
function personOf({ identity, name, attributes, isSpeaking }: Participant): AudioPerson[] {
  const { traderId } = attributes;
  if (!traderId) return [];
  return [{ traderId, userId: identity.slice(identity.indexOf(":") + 1), name: name || null, isSpeaking }];
}
