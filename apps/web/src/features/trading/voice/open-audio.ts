import type { OpenAudio } from "./audio.ts";

/** By LiveKit's client, which is fetched when there is a server to connect to. */
export const openLiveKit: OpenAudio = async (...given) => (await import("./livekit.ts")).openLiveKit(...given);
