import { registrationInput } from "../push/schema.ts";
import { streamLog } from "../realtime/stream.ts";
import { personProcedure, publicProcedure, router, signedInProcedure } from "../trpc.ts";
import { listDeliveries } from "./deliveries.ts";
import { listDevices, subscribeDevice, testDevice, unsubscribeDevice } from "./devices.ts";
import { archiveNotices, followNotices, listNotices, markNoticesRead, snoozeNotice } from "./inbox.ts";
import { getPreferences, setPreferences } from "./preferences.ts";
import {
  archiveNoticesInput,
  deliveriesInput,
  devicesInput,
  followNoticesInput,
  markNoticesReadInput,
  noticesInput,
  setPreferencesInput,
  snoozeNoticeInput,
  testDeviceInput,
  unsubscribeInput,
} from "./schema.ts";

/** Every person's own list, preferences and devices; keys have none. Mounted where the notifications are. */
export const noticeProcedures = {
  inbox: router({
    list: personProcedure.input(noticesInput.prefault({})).query(({ ctx, input }) => listNotices(ctx, input)),
    markRead: personProcedure.input(markNoticesReadInput).mutation(({ ctx, input }) => markNoticesRead(ctx, input)),
    archive: personProcedure.input(archiveNoticesInput).mutation(({ ctx, input }) => archiveNotices(ctx, input)),
    snooze: personProcedure.input(snoozeNoticeInput).mutation(({ ctx, input }) => snoozeNotice(ctx, input)),
  }),
  onInbox: personProcedure.input(followNoticesInput.prefault({})).subscription(async function* ({
    ctx,
    input,
    signal,
  }) {
    yield* streamLog(ctx, await followNotices(ctx, input), { ...input, signal });
  }),
  preferences: router({
    get: personProcedure.query(({ ctx }) => getPreferences(ctx)),
    set: personProcedure.input(setPreferencesInput).mutation(({ ctx, input }) => setPreferences(ctx, input)),
  }),
  push: router({
    key: publicProcedure.query(({ ctx }) => ({ key: ctx.push.vapidPublicKey })),
    subscribe: personProcedure.input(registrationInput).mutation(({ ctx, input }) => subscribeDevice(ctx, input)),
    unsubscribe: personProcedure.input(unsubscribeInput).mutation(({ ctx, input }) => unsubscribeDevice(ctx, input)),
    devices: signedInProcedure.input(devicesInput.prefault({})).query(({ ctx, input }) => listDevices(ctx, input)),
    test: signedInProcedure.input(testDeviceInput).mutation(({ ctx, input }) => testDevice(ctx, input)),
  }),
  deliveries: router({
    list: signedInProcedure.input(deliveriesInput.prefault({})).query(({ ctx, input }) => listDeliveries(ctx, input)),
  }),
};
