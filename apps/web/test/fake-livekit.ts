import { gunzipSync } from "node:zlib";
import {
  DisconnectReason,
  JoinRequest,
  JoinResponse,
  LeaveRequest,
  LeaveRequest_Action,
  ParticipantInfo,
  ParticipantInfo_State,
  ParticipantPermission,
  Pong,
  ReconnectResponse,
  Room,
  SessionDescription,
  SignalRequest,
  SignalResponse,
  SpeakerInfo,
  SpeakersChanged,
  TrackInfo,
  TrackPublishedResponse,
  TrackSource,
  TrackType,
  WrappedJoinRequest,
} from "@livekit/protocol";
import type { Page, WebSocketRoute } from "@playwright/test";

export interface FakePerson {
  identity: string;
  traderId: string;
  name: string;
}

type Answer = SignalResponse["message"];
type Peer = { peer: RTCPeerConnection; listen(): void; answer(sdp: string): Promise<string> };

const HOST = "PA_host";
const ME = "PA_me";
const microphone = (sid: string) =>
  new TrackInfo({ sid, type: TrackType.AUDIO, source: TrackSource.MICROPHONE, name: "microphone" });

const participant = (sid: string, { traderId, ...person }: FakePerson, tracks: TrackInfo[]) =>
  new ParticipantInfo({
    ...{ sid, ...person, attributes: { traderId }, tracks },
    state: ParticipantInfo_State.ACTIVE,
    permission: new ParticipantPermission({ canSubscribe: true, canPublish: true }),
  });

/** The other end of the audio: it plays a tone to the page, and counts what the page sends. */
async function openPeer(peerPage: Page): Promise<void> {
  await peerPage.goto("about:blank");
  await peerPage.evaluate(() => {
    const audio = new AudioContext();
    const tone = audio.createMediaStreamDestination();
    const oscillator = audio.createOscillator();
    oscillator.connect(tone);
    oscillator.start();
    const [track] = tone.stream.getAudioTracks();
    const self = Object.assign(window as never as Peer, {
      listen() {
        self.peer?.close();
        self.peer = new RTCPeerConnection();
      },
      async answer(sdp: string) {
        const { peer } = self;
        await peer.setRemoteDescription({ type: "offer", sdp });
        const free = peer.getTransceivers().find(({ receiver }) => receiver.track.kind === "audio");
        if (free && track && !free.sender.track) {
          free.direction = "sendonly";
          await free.sender.replaceTrack(track);
          free.sender.setStreams(tone.stream);
        }
        const gathered = new Promise((resolve) => {
          peer.onicecandidate = ({ candidate }) => candidate ?? resolve(undefined);
        });
        await peer.setLocalDescription(await peer.createAnswer());
        if (peer.iceGatheringState !== "complete") await gathered;
        return peer.localDescription?.sdp ?? "";
      },
    });
  });
}

/**
 * A LiveKit server for one client: LiveKit's own messages, with a real WebRTC connection to another page.
 * @param peerPage a page of its own
 */
export async function fakeLiveKit(page: Page, peerPage: Page, people: { me: FakePerson; host: FakePerson }) {
  const tokens: string[] = [];
  let socket: WebSocketRoute | undefined;
  const send = (message: Answer) => socket?.send(Buffer.from(new SignalResponse({ message }).toBinary()));
  await openPeer(peerPage);

  async function answer({ sdp: offer, id }: SessionDescription): Promise<void> {
    const sdp = await peerPage.evaluate((text) => (window as never as Peer).answer(text), offer);
    // Streams are named after who sends them.
    const named = sdp.replaceAll(/msid:\S+ \S+/g, `msid:${HOST}|TR_host TR_host`);
    send({ case: "answer", value: new SessionDescription({ type: "answer", sdp: named, id }) });
  }

  async function hear({ message }: SignalRequest): Promise<void> {
    if (message.case === "offer") await answer(message.value);
    else if (message.case === "trickle") {
      const candidate = JSON.parse(message.value.candidateInit);
      await peerPage.evaluate((one) => (window as never as Peer).peer.addIceCandidate(one), candidate);
    } else if (message.case === "pingReq") {
      send({ case: "pongResp", value: new Pong({ lastPingTimestamp: message.value.timestamp }) });
    } else if (message.case === "addTrack") {
      const { cid } = message.value;
      send({ case: "trackPublished", value: new TrackPublishedResponse({ cid, track: microphone("TR_me") }) });
    }
  }

  await page.routeWebSocket(/\/rtc\/v1\?/, async (route) => {
    socket = route;
    const { searchParams } = new URL(route.url());
    tokens.push(searchParams.get("access_token") ?? "");
    route.onMessage((data) => void hear(SignalRequest.fromBinary(new Uint8Array(data as Buffer))));
    const wrapped = WrappedJoinRequest.fromBinary(Buffer.from(searchParams.get("join_request") ?? "", "base64url"));
    const { reconnect, publisherOffer } = JoinRequest.fromBinary(gunzipSync(wrapped.joinRequest));
    if (reconnect) return send({ case: "reconnect", value: new ReconnectResponse() });
    await peerPage.evaluate(() => (window as never as Peer).listen());
    const joined = new JoinResponse({
      serverVersion: "1.9.0",
      room: new Room({ sid: "RM_1", name: "room" }),
      participant: participant(ME, people.me, []),
      otherParticipants: [participant(HOST, people.host, [microphone("TR_host")])],
      ...{ pingInterval: 20, pingTimeout: 60, fastPublish: true },
    });
    send({ case: "join", value: joined });
    if (publisherOffer) await answer(publisherOffer);
  });

  return {
    /** Of each connection. */
    tokens,
    hostSpeaks: (active: boolean) =>
      send({
        case: "speakersChanged",
        value: new SpeakersChanged({ speakers: [new SpeakerInfo({ sid: HOST, level: 0.5, active })] }),
      }),
    /** Breaks the connection, as a network does. */
    cut: () => socket?.close({ code: 4_000 }),
    /** Ends it: another connection of the same person has come. */
    replace: () =>
      send({
        case: "leave",
        value: new LeaveRequest({
          reason: DisconnectReason.DUPLICATE_IDENTITY,
          action: LeaveRequest_Action.DISCONNECT,
        }),
      }),
    /** Packets of the page's microphone that have arrived. */
    received: () =>
      peerPage.evaluate(async () => {
        const stats = [...(await (window as never as Peer).peer.getStats()).values()];
        return stats
          .filter(({ type, kind }) => type === "inbound-rtp" && kind === "audio")
          .reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
      }),
  };
}
