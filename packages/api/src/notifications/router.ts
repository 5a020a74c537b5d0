import { noticeProcedures } from "../notices/router.ts";
import { streamLatest, streamLog } from "../realtime/stream.ts";
import { customerOrStaffProcedure, router, staffProcedure } from "../trpc.ts";
import { followAlerts, listAlerts, listOpenAlerts, publishAlert, settleAlert, watchAlert } from "./alerts/alerts.ts";
import { followStatus, readStatus } from "./alerts/status.ts";
import { readAnalytics, readStatusHistory } from "./analytics/analytics.ts";
import { noteSeen, readReach } from "./analytics/reach.ts";
import { analyticsInput, reachInput, seenInput } from "./analytics/schema.ts";
import { followBroadcasts, getBroadcast, listBroadcasts, listTargets } from "./broadcasts/broadcasts.ts";
import { estimateBroadcast } from "./broadcasts/estimate.ts";
import {
  broadcastInput,
  broadcastRef,
  broadcastsInput,
  estimateInput,
  nameTopicInput,
  pinInput,
  resumeInput,
  retryInput,
  subscriptionInput,
  targetsInput,
} from "./broadcasts/schema.ts";
import { pinMessage, sendBroadcast } from "./broadcasts/send.ts";
import { retryFailed, setBroadcastState } from "./broadcasts/state.ts";
import { countSubscribers, getSubscription } from "./broadcasts/subscriptions.ts";
import { listTopics, nameTopic } from "./broadcasts/topics.ts";
import { listAccounts, setAccount } from "./instagram/accounts.ts";
import { followEvents, listEvents, replay } from "./instagram/events.ts";
import { replyToComment } from "./instagram/replies.ts";
import { readHealth, selfTest } from "./instagram/upkeep.ts";
import { followPresence, listPresence } from "./readers/presence.ts";
import { takeOwnMissed } from "./readers/take-missed.ts";
import {
  alertRef,
  alertsInput,
  eventsInput,
  followEventsInput,
  followInput,
  publishAlertInput,
  replayInput,
  replyToCommentInput,
  selfTestInput,
  setAccountInput,
  settleAlertInput,
} from "./schema.ts";
import { readHistory } from "./toasts/history.ts";
import { followToastsInput, historyInput, presenceInput, takeMissedInput, toastInput } from "./toasts/schema.ts";
import { followToasts, sendToast } from "./toasts/toasts.ts";

const read = staffProcedure("notifications:read");
const write = staffProcedure("notifications:write");
const everyone = customerOrStaffProcedure("notifications:read");

const setState = (state: "paused" | "cancelled") =>
  write.input(broadcastRef).mutation(({ ctx, input }) => setBroadcastState(ctx, { ...input, state }));

export const notificationsRouter = router({
  ...noticeProcedures,
  status: everyone.query(({ ctx }) => readStatus(ctx)),
  statusHistory: read.query(({ ctx }) => readStatusHistory(ctx)),
  analytics: read.input(analyticsInput).query(({ ctx, input }) => readAnalytics(ctx, input)),
  onStatus: everyone.subscription(({ ctx, signal }) => streamLatest(ctx, followStatus(ctx), { signal })),
  onLiveAlert: everyone
    .input(followInput.prefault({}))
    .subscription(({ ctx, input, signal }) => streamLog(ctx, followAlerts(ctx), { ...input, signal })),
  liveAlerts: router({
    publish: write.input(publishAlertInput).mutation(({ ctx, input }) => publishAlert(ctx, input)),
    settle: write.input(settleAlertInput).mutation(({ ctx, input }) => settleAlert(ctx, input)),
    open: everyone.query(({ ctx }) => listOpenAlerts(ctx)),
    seen: everyone.input(seenInput).mutation(({ ctx, input }) => {
      noteSeen(ctx, input);
      return {};
    }),
    reach: read.input(reachInput).query(({ ctx, input }) => readReach(ctx, input)),
    watch: everyone.input(alertRef).mutation(async ({ ctx, input }) => {
      await watchAlert(ctx, input);
      return {};
    }),
    list: read.input(alertsInput.prefault({})).query(({ ctx, input }) => listAlerts(ctx, input)),
  }),
  toast: write.input(toastInput).mutation(({ ctx, input }) => sendToast(ctx, input)),
  onToast: everyone
    .input(followToastsInput.prefault({}))
    .subscription(({ ctx, input, signal }) => streamLog(ctx, followToasts(ctx, input.to), { ...input, signal })),
  history: everyone.input(historyInput.prefault({})).query(({ ctx, input }) => readHistory(ctx, input)),
  presence: router({
    list: read.input(presenceInput.prefault({})).query(({ ctx, input }) => listPresence(ctx, input)),
  }),
  onPresence: read.subscription(({ ctx, signal }) => streamLatest(ctx, followPresence(ctx), { signal })),
  takeMissed: everyone.input(takeMissedInput.prefault({})).mutation(({ ctx, input }) => takeOwnMissed(ctx, input)),
  broadcast: write.input(broadcastInput).mutation(({ ctx, input }) => sendBroadcast(ctx, input)),
  pin: write.input(pinInput).mutation(({ ctx, input }) => pinMessage(ctx, input)),
  broadcasts: router({
    list: read.input(broadcastsInput.prefault({})).query(({ ctx, input }) => listBroadcasts(ctx, input)),
    get: read.input(broadcastRef).query(({ ctx, input }) => getBroadcast(ctx, input)),
    pause: setState("paused"),
    resume: write
      .input(resumeInput)
      .mutation(({ ctx, input }) => setBroadcastState(ctx, { ...input, state: "active" })),
    cancel: setState("cancelled"),
    retry: write.input(retryInput).mutation(({ ctx, input }) => retryFailed(ctx, input)),
    targets: read.input(targetsInput).query(({ ctx, input }) => listTargets(ctx, input)),
    estimate: write.input(estimateInput.prefault({})).query(({ ctx, input }) => estimateBroadcast(ctx, input)),
    subscription: read.input(subscriptionInput).query(({ ctx, input }) => getSubscription(ctx, input)),
    subscribers: read.query(({ ctx }) => countSubscribers(ctx)),
    topics: read.query(({ ctx }) => listTopics(ctx)),
    nameTopic: write.input(nameTopicInput).mutation(async ({ ctx, input }) => {
      await nameTopic(ctx, input);
      return {};
    }),
  }),
  onBroadcast: read
    .input(followInput.prefault({}))
    .subscription(({ ctx, input, signal }) => streamLog(ctx, followBroadcasts(ctx), { ...input, signal })),
  onEvent: read
    .input(followEventsInput.prefault({}))
    .subscription(({ ctx, input, signal }) => streamLog(ctx, followEvents(ctx, input.types), { ...input, signal })),
  events: router({
    list: read.input(eventsInput.prefault({})).query(({ ctx, input }) => listEvents(ctx, input)),
    replay: write.input(replayInput).mutation(({ ctx, input }) => replay(ctx, input)),
  }),
  instagram: router({
    accounts: read.query(({ ctx }) => listAccounts(ctx)),
    setAccount: write.input(setAccountInput).mutation(({ ctx, input }) => setAccount(ctx, input)),
    health: read.query(({ ctx }) => readHealth(ctx)),
    selfTest: write.input(selfTestInput.prefault({})).mutation(({ ctx, input }) => selfTest(ctx, input)),
    replyToComment: write.input(replyToCommentInput).mutation(({ ctx, input }) => replyToComment(ctx, input)),
  }),
});
