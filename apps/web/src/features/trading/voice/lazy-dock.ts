import { lazyModule } from "../../../ui/lazy.tsx";

// Few who look at a room use its voice.
const dock = lazyModule(() => import("./dock.tsx"));

export const VoiceDock = dock.part((module) => module.VoiceDock);
export const VoiceBar = dock.part((module) => module.VoiceBar);
