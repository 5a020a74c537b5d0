import { router, staffProcedure } from "../trpc.ts";
import { listEvents } from "./events/list.ts";
import { listEventsInput } from "./schema.ts";

const read = staffProcedure("chats:read");

export const eventsRouter = router({
  list: read.input(listEventsInput.prefault({})).query(({ ctx, input }) => listEvents(ctx, input)),
});
