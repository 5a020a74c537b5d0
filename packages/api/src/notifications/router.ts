import { streamLog } from "../realtime/stream.ts";
import { router, staffProcedure } from "../trpc.ts";
import { followEvents, listEvents, replayEvent } from "./instagram/events.ts";
import { eventsInput, followEventsInput, replayInput } from "./schema.ts";

export const notificationsRouter = router({
  onEvent: staffProcedure("notifications:read")
    .input(followEventsInput.prefault({}))
    .subscription(({ ctx, input, signal }) => streamLog(ctx, followEvents(ctx, input.types), { ...input, signal })),
  events: router({
    list: staffProcedure("notifications:read")
      .input(eventsInput.prefault({}))
      .query(({ ctx, input }) => listEvents(ctx, input)),
    replay: staffProcedure("notifications:write")
      .input(replayInput)
      .mutation(async ({ ctx, input }) => {
        await replayEvent(ctx, input);
        return {};
      }),
  }),
});
