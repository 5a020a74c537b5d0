import type { PushTarget } from "@pult/api/push/sender.ts";
import { describePushSender, type PushPeer } from "@pult/api/testing/contracts/push-sender.ts";
import { startSandbox } from "@pult/sandbox/sandbox.ts";
import { expect, it } from "vitest";
import webPushLibrary from "web-push";
import { createFcm } from "./fcm.ts";
import { parseServiceAccount } from "./fcm-account.ts";
import { createPushSender } from "./push-sender.ts";
import { createWebPush } from "./web-push.ts";

const vapid = { ...webPushLibrary.generateVAPIDKeys(), subject: "mailto:operator@example.com" };

async function startPeer(kind: PushTarget["provider"]) {
  const sandbox = await startSandbox();
  const account = parseServiceAccount(JSON.stringify(sandbox.fcm.serviceAccount));
  const create = (state: "active" | "gone") => {
    const device = sandbox.push.createDevice({
      kind,
      label: state,
      userId: "7",
      state,
      applicationServerKey: vapid.publicKey,
    });
    const target: PushTarget =
      device.kind === "fcm"
        ? { provider: "fcm", token: device.token }
        : { provider: "webpush", subscription: device.subscription };
    return { id: device.id, target };
  };
  const [active, gone] = [create("active"), create("gone")];
  const peer = {
    sender: createPushSender({
      fcm: createFcm({ account, apiRoot: sandbox.env.FCM_API_ROOT }),
      webPush: createWebPush({ vapid, exemptOrigin: sandbox.origin }),
    }),
    device: active.target,
    goneDevice: gone.target,
    received: () =>
      sandbox
        .world()
        .pushes.filter((push) => push.deviceId === active.id && push.status < 300)
        .reverse(),
    answerAll: (pushStatus) => {
      sandbox.setFaults({ pushStatus });
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  } satisfies PushPeer;
  return { ...peer, sandbox };
}

describePushSender("FCM HTTP v1", () => startPeer("fcm"));
describePushSender("Web Push", () => startPeer("webpush"));

it("replaces an FCM access token that was revoked early, without losing the push", async () => {
  await using peer = await startPeer("fcm");
  const message = { title: "t", body: "b", data: {}, collapseKey: "k", ttlSeconds: 60 };
  await peer.sender.send(peer.device, message);
  peer.sandbox.fcm.expireAccessTokens();
  expect(await peer.sender.send(peer.device, message)).toMatchObject({ state: "accepted" });
  expect(peer.received()).toHaveLength(2);
});
