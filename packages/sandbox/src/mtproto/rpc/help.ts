import { Api } from "telegram/tl/index.js";
import { DC_ID } from "./media.ts";
import { type Call, method } from "./method.ts";

const PUBLIC = true;
const CONFIG_LIFE = 3_600;

export const helpMethods = [
  method(Api.help.GetConfig, getConfig, PUBLIC),
  method(Api.help.GetNearestDc, () => new Api.NearestDc({ country: "XX", thisDc: DC_ID, nearestDc: DC_ID }), PUBLIC),
];

/** Every data centre is this one. */
function getConfig({ backend, now }: Call): Api.Config {
  const colon = backend.address.lastIndexOf(":");
  const ipAddress = backend.address.slice(0, colon).replace(/[[\]]/g, "");
  const port = Number(backend.address.slice(colon + 1));
  return new Api.Config({
    date: now,
    expires: now + CONFIG_LIFE,
    testMode: false,
    thisDc: DC_ID,
    dcOptions: [1, 2, 3, 4, 5].map((id) => new Api.DcOption({ id, ipAddress, port, static: true })),
    dcTxtDomainName: "",
    chatSizeMax: 200,
    megagroupSizeMax: 200_000,
    forwardedCountMax: 100,
    onlineUpdatePeriodMs: 210_000,
    offlineBlurTimeoutMs: 5_000,
    offlineIdleTimeoutMs: 30_000,
    onlineCloudTimeoutMs: 300_000,
    notifyCloudDelayMs: 30_000,
    notifyDefaultDelayMs: 1_500,
    pushChatPeriodMs: 60_000,
    pushChatLimit: 2,
    editTimeLimit: 172_800,
    revokeTimeLimit: 2_147_483_647,
    revokePmTimeLimit: 2_147_483_647,
    ratingEDecay: 2_419_200,
    stickersRecentLimit: 200,
    channelsReadMediaPeriod: 604_800,
    callReceiveTimeoutMs: 20_000,
    callRingTimeoutMs: 90_000,
    callConnectTimeoutMs: 30_000,
    callPacketTimeoutMs: 10_000,
    meUrlPrefix: "https://t.me/",
    captionLengthMax: 1_024,
    messageLengthMax: 4_096,
    webfileDcId: DC_ID,
  });
}
