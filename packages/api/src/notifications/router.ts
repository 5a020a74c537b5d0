import { streamLatest, streamLog } from "../realtime/stream.ts";
import { customerOrStaffProcedure, router, staffProcedure } from "../trpc.ts";
import { followAlerts, listAlerts, publishAlert, settleAlert } from "./alerts/alerts.ts";
import { followStatus, readStatus } from "./alerts/status.ts";
import {
  followBroadcasts,
  getBroadcast,
  listBroadcasts,
  pinMessage,
  sendBroadcast,
  setBroadcastState,
} from "./broadcasts/broadcasts.ts";
import { followEvents, listEvents, replayEvent } from "./instagram/events.ts";
import {
  alertsInput,
  type Broadcast,
  broadcastInput,
  broadcastRef,
  broadcastsInput,
  eventsInput,
  followEventsInput,
  followInput,
  pinInput,
  publishAlertInput,
  replayInput,
  settleAlertInput,
} from "./schema.ts";

const read = staffProcedure("notifications:read");
const write = staffProcedure("notifications:write");
const everyone = customerOrStaffProcedure("notifications:read");

const setState = (state: Broadcast["state"]) =>
  write.input(broadcastRef).mutation(({ ctx, input }) => setBroadcastState(ctx, { ...input, state }));

export const notificationsRouter = router({
  status: everyone.query(({ ctx }) => readStatus(ctx)),
  onStatus: everyone.subscription(({ ctx, signal }) => streamLatest(ctx, followStatus(ctx), { signal })),
  onLiveAlert: everyone
    .input(followInput.prefault({}))
    .subscription(({ ctx, input, signal }) => streamLog(ctx, followAlerts(ctx), { ...input, signal })),
  liveAlerts: router({
    publish: write.input(publishAlertInput).mutation(({ ctx, input }) => publishAlert(ctx, input)),
    settle: write.input(settleAlertInput).mutation(({ ctx, input }) => settleAlert(ctx, input)),
    list: read.input(alertsInput.prefault({})).query(({ ctx, input }) => listAlerts(ctx, input)),
  }),
  broadcast: write.input(broadcastInput).mutation(({ ctx, input }) => sendBroadcast(ctx, input)),
  pin: write.input(pinInput).mutation(({ ctx, input }) => pinMessage(ctx, input)),
  broadcasts: router({
    list: read.input(broadcastsInput.prefault({})).query(({ ctx, input }) => listBroadcasts(ctx, input)),
    get: read.input(broadcastRef).query(({ ctx, input }) => getBroadcast(ctx, input)),
    pause: setState("paused"),
    resume: setState("active"),
    cancel: setState("cancelled"),
  }),
  onBroadcast: read
    .input(followInput.prefault({}))
    .subscription(({ ctx, input, signal }) => streamLog(ctx, followBroadcasts(ctx), { ...input, signal })),
  onEvent: read
    .input(followEventsInput.prefault({}))
    .subscription(({ ctx, input, signal }) => streamLog(ctx, followEvents(ctx, input.types), { ...input, signal })),
  events: router({
    list: read.input(eventsInput.prefault({})).query(({ ctx, input }) => listEvents(ctx, input)),
    replay: write.input(replayInput).mutation(async ({ ctx, input }) => {
      await replayEvent(ctx, input);
      return {};
    }),
  }),
});
